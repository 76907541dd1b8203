import { event, type } from "@counterpoint/bus";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decider, fold } from "./decider.ts";

const Opened = event("Opened", { payload: type<{ owner: string }>() });
const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
const Closed = event("Closed");

type State = { readonly owner: string; readonly balance: number } | undefined;

const account = decider({
  events: [Opened, Deposited, Closed],
  initial: undefined as State,
  evolve: {
    Opened: (_none, { payload }) => ({ owner: payload.owner, balance: 0 }),
    Deposited: (state, { payload }) =>
      state && { ...state, balance: state.balance + payload.amount },
    Closed: () => undefined,
  },
});

describe("a decider", () => {
  it("folds events, oldest first", () => {
    const history = [Opened({ owner: "Ada" }), Deposited({ amount: 5 }), Deposited({ amount: 2 })];
    expect(fold(account, account.initial, history)).toEqual({ owner: "Ada", balance: 7 });
    expect(fold(account, account.initial, [...history, Closed()])).toBeUndefined();
    expect(fold(account, { owner: "Bob", balance: 1 }, [])).toEqual({ owner: "Bob", balance: 1 });
  });

  it("folds in one go what it folds in two", () => {
    const events = fc.array(
      fc.oneof(
        fc.string().map((owner) => Opened({ owner })),
        fc.integer().map((amount) => Deposited({ amount })),
        fc.constant(Closed()),
      ),
    );
    fc.assert(
      fc.property(events, events, (before, after) => {
        const halfway = fold(account, account.initial, before);
        expect(fold(account, halfway, after)).toEqual(
          fold(account, account.initial, [...before, ...after]),
        );
      }),
    );
  });

  it("leaves the state when it does not list an event, whatever it is called", () => {
    const state = { owner: "Ada", balance: 5 };
    for (const type of ["Stranger", "toString", "__proto__", "constructor", ""]) {
      const stranger = { type, payload: {} } as unknown as ReturnType<typeof Opened>;
      expect(account.evolve(state, stranger)).toBe(state);
      expect(account.knows(type)).toBe(false);
    }
    expect(account.knows("Opened")).toBe(true);
  });

  it("takes event types that are named like members of objects", () => {
    const Odd = event("toString", { payload: type<number>() });
    const odd = decider({
      events: [Odd],
      initial: 0,
      evolve: { toString: (sum: number, { payload }: { payload: number }) => sum + payload },
    });
    expect(fold(odd, odd.initial, [Odd(2), Odd(3)])).toBe(5);
  });

  it("refuses an event that is listed twice, or has no function", () => {
    const evolve = { Closed: (state: number) => state };
    expect(() => decider({ events: [Closed, Closed], initial: 0, evolve })).toThrow(
      new TypeError("The decider lists Closed twice."),
    );
    expect(() => decider({ events: [Closed], initial: 0, evolve: {} as typeof evolve })).toThrow(
      new TypeError("Expected evolve.Closed to be a function."),
    );
    const Inherited = event("toString");
    expect(() =>
      decider({ events: [Inherited], initial: 0, evolve: {} as { toString: never } }),
    ).toThrow("Expected evolve.toString to be a function.");
  });
});
