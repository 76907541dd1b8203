import { projection } from "@counterpoint/read-model";
import { describe, expect, it } from "vitest";
import { given, givenEvents, recorded } from "./given-when-then.ts";
import type { Account, AccountEvent } from "./sample-domain.ts";
import {
  AccountClosed,
  AccountOpened,
  Deposited,
  Withdrawn,
  account,
  accounts,
} from "./sample-domain.ts";

const opened = AccountOpened({ account: "1", owner: "Ada" });
const deposited = Deposited({ account: "1", amount: 5 });

class TooLittle extends Error {}

const withdraw =
  (amount: number) =>
  (state: Account): readonly AccountEvent[] => {
    if (!state || state.balance < amount) throw new TooLittle("there is too little on account 1");
    return [Withdrawn({ account: "1", amount })];
  };

describe("given, when, then for deciders", () => {
  it("is silent when the expected events were decided", () => {
    expect(() => {
      given(account, opened, deposited)
        .when(withdraw(3))
        .thenEvents(Withdrawn({ account: "1", amount: 3 }))
        .thenState({ owner: "Ada", balance: 2 });
      given(account, opened, deposited).thenState({ owner: "Ada", balance: 5 });
      given(account).thenState(null);
      given(account)
        .when(() => [])
        .thenNothing()
        .thenState(null);
    }).not.toThrow();
  });

  it("hands the state and its version to the decision", () => {
    const seen: unknown[] = [];
    given(account, opened, deposited).when((state, version) => {
      seen.push(state, version);
      return [];
    });
    expect(seen).toEqual([{ owner: "Ada", balance: 5 }, 2]);
  });

  it("fails with both lists when other events were decided", () => {
    const decided = given(account, opened, deposited).when(withdraw(3));
    for (const assert of [
      () => decided.thenEvents(Withdrawn({ account: "1", amount: 4 })),
      () => decided.thenEvents(),
      () => decided.thenNothing(),
      () => decided.thenEvents(...[3, 3].map((amount) => Withdrawn({ account: "1", amount }))),
      () => decided.thenState({ owner: "Ada", balance: 5 }),
      () => given(account, opened).thenState(null),
    ]) {
      expect(assert).toThrow(/Expected values to be strictly deep-equal/);
    }
  });

  it("recognises a refusal by any error, by its message or by its class", () => {
    const refused = given(account, opened).when(withdraw(3));
    expect(refused.thenRejected()).toBeInstanceOf(TooLittle);
    refused.thenRejected("too little");
    refused.thenRejected(TooLittle);
    expect(() => refused.thenRejected("too much")).toThrow(
      'expected a refusal that says "too much", but got Error: there is too little on account 1',
    );
    expect(() => refused.thenRejected(RangeError)).toThrow("expected a RangeError");
  });

  it("says what was decided instead of a refusal", () => {
    const decided = given(account, opened, deposited).when(withdraw(3));
    expect(() => decided.thenRejected()).toThrow("but it was decided: Withdrawn");
    const nothing = given(account).when(() => []);
    expect(() => nothing.thenRejected()).toThrow("but it was decided: nothing changes");
  });

  it("passes on the refusal when events were expected", () => {
    const refused = given(account).when(withdraw(3));
    expect(() => refused.thenEvents()).toThrow(TooLittle);
    expect(() => refused.thenNothing()).toThrow(TooLittle);
    expect(() => refused.thenState(null)).toThrow(TooLittle);
  });

  it("fails on events that the decider does not list", () => {
    const stranger = { type: "Stranger", payload: {} } as unknown as AccountEvent;
    const decided = given(account, opened).when(() => [stranger]);
    expect(() => decided.thenState({ owner: "Ada", balance: 0 })).toThrow("does not list Stranger");
  });
});

describe("given, then for projections", () => {
  it("is silent when the documents are the expected ones, in any order", () => {
    expect(() => {
      givenEvents(
        accounts,
        opened,
        deposited,
        Deposited({ account: "2", amount: 7 }),
        Deposited({ account: "3", amount: 9 }),
        AccountClosed({ account: "3" }),
      ).thenDocuments(
        { account: "2", owner: null, balance: 7, history: "d3 " },
        { account: "1", owner: "Ada", balance: 5, history: "o1 d2 " },
      );
      givenEvents(accounts).thenDocuments();
      givenEvents(accounts, deposited).thenDocument("2", undefined);
    }).not.toThrow();
  });

  it("fails when documents are missing, too many or different", () => {
    const then = givenEvents(accounts, opened);
    const row = { account: "1", owner: "Ada", balance: 0, history: "o1 " };
    then.thenDocument("1", row);
    for (const assert of [
      () => then.thenDocuments(),
      () => then.thenDocuments(row, { ...row, account: "2" }),
      () => then.thenDocuments({ ...row, balance: 1 }),
      () => then.thenDocument("1", undefined),
      () => then.thenDocument("2", row),
    ]) {
      expect(assert).toThrow(/Expected values to be strictly deep-equal/);
    }
  });

  it("takes recorded events where their fields matter", () => {
    const late = recorded(deposited, { position: 70, version: 9, recordedAt: new Date(5) });
    expect(late).toEqual({
      type: "Deposited",
      payload: { account: "1", amount: 5 },
      stream: "stream-1",
      version: 9,
      position: 70,
      recordedAt: new Date(5),
      metadata: { id: "event-70" },
    });
    givenEvents(accounts, late).thenDocument("1", {
      account: "1",
      owner: null,
      balance: 5,
      history: "d9 ",
    });
  });

  it("fails as an adapter would on a document that the columns cannot hold", () => {
    const wrong = projection("wrong", {
      version: 1,
      events: [Deposited],
      columns: { account: "text", balance: "integer" },
      key: ({ payload }) => payload.account,
      on: { Deposited: (_row, { payload }) => ({ account: payload.account, balance: 0.5 }) },
    });
    expect(() => givenEvents(wrong, deposited)).toThrow("column balance is 0.5");
  });
});
