import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verdict } from "../../test/disagreement.ts";
import type { CreateIdempotency } from "../../test/idempotency-model.ts";
import { runsOncePerKey } from "../../test/idempotency-model.ts";
import { plainIdempotencyStore } from "../../test/plain-idempotency-store.ts";
import { rightIdempotency, wrongIdempotency } from "../../test/planted-idempotency.ts";
import { settle, virtualTime } from "../../test/virtual-time.ts";
import { watchedSignal } from "../../test/watched-signal.ts";
import { CommandBus } from "../command-bus.ts";
import { command, query } from "../contract.ts";
import { QueryBus } from "../query-bus.ts";
import { type } from "../standard-schema.ts";
import type { IdempotencyOptions, IdempotencyStore } from "./idempotency.ts";
import { idempotency } from "./idempotency.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const CreateUser = command("CreateUser", {
  payload: type<Record<string, unknown>>(),
  result: type<unknown>(),
});
const withKey = { metadata: { actor: "ada", idempotencyKey: "form-7" } };

/** A bus with idempotency, and the store that it uses. */
function opened(handler: () => unknown, options: Partial<IdempotencyOptions> = {}) {
  const time = virtualTime();
  const store = plainIdempotencyStore(time.now);
  const calls = {
    begin: vi.fn(store.begin),
    complete: vi.fn(store.complete),
    abandon: vi.fn(store.abandon),
  } satisfies IdempotencyStore;
  const { now, sleep } = time;
  const middleware = [idempotency({ store: calls, now, sleep, ...options })];
  const bus = new CommandBus({ middleware, now }).register(CreateUser, handler);
  return { bus, time, calls };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("idempotency", () => {
  it("runs once per key, for any callers in two processes", async () => {
    await fc.assert(runsOncePerKey(idempotency), { numRuns: 300 });
  });

  it("gives the stored result when the same is sent again, in whatever order its keys come", async () => {
    const handler = vi.fn(async () => ({ id: "1", tags: ["new"] }));
    const { bus, calls } = opened(handler);
    await bus.dispatch(CreateUser({ name: "Ada", age: 36 }), withKey);
    expect(await bus.dispatch(CreateUser({ age: 36, name: "Ada" }), withKey)).toEqual({
      id: "1",
      tags: ["new"],
    });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(calls.begin.mock.calls[0]?.[0]).toEqual({
      key: '["CreateUser","ada","form-7"]',
      fingerprint: "b021d1a2168c9b66a83b3047f959791b7b7c4bdb6506f5f512832f3eb529615d", // stored ones have to fit for ever
      leaseMs: 60_000,
    });
  });

  it("refuses another payload under the same key", async () => {
    const { bus } = opened(() => "done");
    await bus.dispatch(CreateUser({ name: "Ada" }), withKey);
    await expect(bus.dispatch(CreateUser({ name: "Bob" }), withKey)).rejects.toMatchObject({
      name: "BusError",
      code: "IDEMPOTENCY_KEY_REUSED",
      message: "The idempotency key of CreateUser was used with another payload.",
      details: { type: "CreateUser" },
    });
  });

  it("remembers that a command has no result", async () => {
    const handler = vi.fn();
    const { bus } = opened(handler);
    for (let time = 0; time < 2; time++) {
      expect(await bus.dispatch(CreateUser({}), withKey)).toBeUndefined();
    }
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("does not ask the store over and over while the first is in this process", async () => {
    let answer: (value: string) => void = () => {};
    const handler = vi.fn(() => new Promise((resolve) => (answer = resolve)));
    const { bus, time, calls } = opened(handler, { fingerprintOf: () => "same" });
    const answers = Array.from({ length: 100 }, () => bus.dispatch(CreateUser({}), withKey));
    await time.advance(1_000);
    answer("done");
    expect(await Promise.all(answers)).toEqual(Array(100).fill("done"));
    expect(handler).toHaveBeenCalledTimes(1);
    expect(calls.begin.mock.calls.length).toBeLessThanOrEqual(200); // once before and once after the wait
    expect(time.pending).toBe(0);
  });

  it("gives up with a refusal that says to come again", async () => {
    const { bus, time } = opened(() => new Promise(() => {}), {
      waitMs: 50,
      fingerprintOf: () => "same",
    });
    void bus.dispatch(CreateUser({}), withKey);
    const answer = bus.dispatch(CreateUser({}), withKey).catch((error: unknown) => error);
    await time.advance(50);
    expect(await answer).toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      message: "CreateUser is still running under this idempotency key; ask again later.",
      details: { type: "CreateUser" },
    });
    expect(time.pending).toBe(0);
  });

  it("ends the wait of a duplicate whose caller aborts", async () => {
    const { bus, time } = opened(() => new Promise(() => {}), { fingerprintOf: () => "same" });
    const controller = new AbortController();
    void bus.dispatch(CreateUser({}), withKey);
    const second = { ...withKey, signal: controller.signal };
    const answer = bus.dispatch(CreateUser({}), second).catch((error: unknown) => error);
    await settle();
    controller.abort("gone");
    expect(await answer).toMatchObject({ code: "ABORTED", cause: "gone" });
    expect(time.pending).toBe(0);
  });

  it("lets go of the signal of a duplicate after its wait", async () => {
    let answer: (value: string) => void = () => {};
    const { bus } = opened(() => new Promise((resolve) => (answer = resolve)), {
      fingerprintOf: () => "same",
    });
    const watched = watchedSignal();
    const first = bus.dispatch(CreateUser({}), withKey);
    const second = bus.dispatch(CreateUser({}), { ...withKey, signal: watched.signal });
    await settle();
    expect(watched.listeners).toBe(1);
    answer("done");
    expect(await Promise.all([first, second])).toEqual(["done", "done"]);
    expect(watched.listeners).toBe(0);
  });

  describe("when a command takes longer than its lease, and who took over has failed", () => {
    /** Two processes and a store: the first is slow, the second fails, and the third is free to try. */
    function takenOver() {
      const time = virtualTime();
      const store = plainIdempotencyStore(time.now);
      const { now, sleep } = time;
      const processOf = (handler: () => unknown) =>
        new CommandBus({
          middleware: [
            idempotency({
              store,
              now,
              sleep,
              fingerprintOf: ({ payload }) => JSON.stringify(payload),
            }),
          ],
        }).register(CreateUser, handler);
      let finish: (value: string) => void = () => {};
      const slow = processOf(() => new Promise((resolve) => (finish = resolve)));
      const failing = processOf(() => Promise.reject(new Error("down")));
      const third = vi.fn(() => "third");
      const answer = slow.dispatch(CreateUser({}), withKey);
      const takeOver = async (): Promise<void> => {
        await time.advance(60_000);
        await failing.dispatch(CreateUser({}), withKey).catch(() => {});
      };
      return { answer, takeOver, finish: () => finish("slow"), third, other: processOf(third) };
    }

    it("stores what came of it after all", async () => {
      const { answer, takeOver, finish, third, other } = takenOver();
      await takeOver();
      finish();
      expect(await answer).toBe("slow");
      expect(await other.dispatch(CreateUser({}), withKey)).toBe("slow");
      expect(third).not.toHaveBeenCalled();
    });

    it("does not hand out the result of another payload", async () => {
      const { answer, takeOver, finish, other } = takenOver();
      await takeOver();
      expect(await other.dispatch(CreateUser({ name: "Bob" }), withKey)).toBe("third");
      finish();
      expect(await answer).toBe("slow");
    });
  });

  it("does not take a broken sleep for an abort", async () => {
    const broken = new Error("no timers here");
    const { bus } = opened(() => new Promise(() => {}), {
      sleep: () => Promise.reject(broken),
      fingerprintOf: () => "same",
    });
    void bus.dispatch(CreateUser({}), withKey);
    await expect(bus.dispatch(CreateUser({}), withKey)).rejects.toBe(broken);
  });

  it.each<[string, unknown]>([
    ["at is Date", { at: new Date(0) }],
    ["n is NaN", { n: NaN }],
    ["n is 1", { n: 1n }],
    ["it is Map", new Map()],
    ["0 is undefined", [undefined]],
    ["f is () => 1", { f: () => 1 }],
  ])("refuses a result that is not JSON: %s", async (what, result) => {
    const { bus, calls } = opened(() => result);
    await expect(bus.dispatch(CreateUser({}), withKey)).rejects.toThrow(
      new TypeError(
        `The result of CreateUser is not JSON, so it cannot be stored under its idempotency key: ${what}.`,
      ),
    );
    expect([calls.complete.mock.calls.length, calls.abandon.mock.calls.length]).toEqual([0, 0]);
  });

  it("takes any JSON for a result, and members that are undefined", () => {
    return fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (result) => {
        const { bus } = opened(() => ({ result, left: undefined }));
        await bus.dispatch(CreateUser({}), withKey);
        const again = await bus.dispatch(CreateUser({}), withKey);
        expect(again).toEqual({ result: JSON.parse(JSON.stringify(result)) as unknown });
      }),
    );
  });

  it("hands out the result when the store fails afterwards, and says so", async () => {
    const broken = new Error("disk full");
    const onError = vi.fn();
    const { bus, calls } = opened(() => "done", { onError });
    calls.complete.mockRejectedValueOnce(broken);
    expect(await bus.dispatch(CreateUser({}), withKey)).toBe("done");
    expect(onError.mock.calls).toEqual([[broken]]);
  });

  it("hands out the failure of the command when the store fails afterwards, and says so on the console", async () => {
    const broken = new Error("disk full");
    const failure = new Error("taken");
    const complaint = vi.spyOn(console, "error").mockReturnValue();
    const { bus, calls } = opened(() => Promise.reject(failure));
    calls.abandon.mockRejectedValueOnce(broken);
    await expect(bus.dispatch(CreateUser({}), withKey)).rejects.toBe(failure);
    expect(complaint.mock.calls).toEqual([
      ["The idempotency store failed after a command:", broken],
    ]);
  });

  it("does not begin when the store does not answer", async () => {
    const broken = new Error("no connection");
    const handler = vi.fn();
    const { bus, calls } = opened(handler);
    calls.begin.mockRejectedValueOnce(broken);
    await expect(bus.dispatch(CreateUser({}), withKey)).rejects.toBe(broken);
    expect(handler).not.toHaveBeenCalled();
  });

  it("has an effect of exactly once when a process crashes, where ids come from the key", async () => {
    const users = new Map<string, string>();
    const time = virtualTime();
    const store = plainIdempotencyStore(time.now);
    const processOf = (work: () => unknown) =>
      new CommandBus({
        middleware: [idempotency({ store, now: time.now, sleep: time.sleep })],
      }).register(CreateUser, ({ name }, { metadata }) => {
        const id = `user-${String(metadata["idempotencyKey"])}`;
        if (!users.has(id)) users.set(id, String(name));
        return work() ?? { id };
      });
    const message = CreateUser({ name: "Ada" });
    void processOf(() => new Promise(() => {})).dispatch(message, withKey); // and never comes back
    const other = processOf(() => undefined);
    await vi.waitUntil(() => users.size === 1);
    await time.advance(60_000);
    expect(await other.dispatch(message, withKey)).toEqual({ id: "user-form-7" });
    expect([...users]).toEqual([["user-form-7", "Ada"]]);
  });

  it.each([7, "", null, {}])("refuses the key %o", async (idempotencyKey) => {
    const { bus } = opened(() => "done");
    await expect(bus.dispatch(CreateUser({}), { metadata: { idempotencyKey } })).rejects.toThrow(
      new TypeError("Expected the idempotency key of CreateUser to be a text."),
    );
  });

  it("takes keys from where it is told", async () => {
    const handler = vi.fn(() => "done");
    const { bus } = opened(handler, { keyOf: ({ payload }) => (payload as { id: string }).id });
    for (const id of ["1", "1", "2"]) await bus.dispatch(CreateUser({ id }));
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it("lets queries pass, and hands back the handler's own promise where there is no key", () => {
    const own = Promise.resolve("done");
    const middleware = [idempotency({ store: plainIdempotencyStore(() => 0) })];
    const Ask = query("Ask", { result: type<string>() });
    const queries = new QueryBus({ middleware }).register(Ask, () => own);
    expect(queries.dispatch(Ask(), withKey)).toBe(own);
    const commands = new CommandBus({ middleware }).register(CreateUser, () => own);
    expect(commands.dispatch(CreateUser({}))).toBe(own);
  });

  it.each([{ leaseMs: 0 }, { waitMs: -1 }, { pollMs: 0 }, { leaseMs: NaN }])(
    "refuses to be built with %o",
    (options) => {
      const store = plainIdempotencyStore(() => 0);
      expect(() => idempotency({ store, ...options })).toThrow(RangeError);
    },
  );
});

describe("the laws of idempotency", () => {
  const seeds = [10, 111, 1212];
  const verdicts = (create: CreateIdempotency): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(runsOncePerKey(create), { seed, numRuns: 300 })));

  it.each(Object.entries({ idempotency, "the plain one": rightIdempotency }))(
    "let a right one pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongIdempotency))("kill one that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
