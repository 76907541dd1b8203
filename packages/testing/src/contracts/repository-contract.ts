import type { EventMessage } from "@counterpoint/bus";
import type { EventLog, EventStore } from "@counterpoint/events";
import { decodeToken, isConcurrencyError } from "@counterpoint/events";
import type { Decider, Repository, RepositoryOptions } from "@counterpoint/write-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import {
  assertUnwritten,
  rejectsWith,
  rejectsWithClass,
  rejectsWithConflict,
  rejectsWithStoreError,
} from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import type { Account, AccountEvent } from "../sample-domain.ts";
import { AccountClosed, AccountOpened, Deposited, Withdrawn, account } from "../sample-domain.ts";

/** Makes a repository over a store: `createEventSourcedRepository`, `createStateStoredRepository`, or one of your own. */
export type CreateRepository<TStore> = <TState, TEvent extends EventMessage>(
  store: TStore,
  decider: Decider<TState, TEvent>,
  options: RepositoryOptions,
) => Repository<TState, TEvent>;

type Store = EventStore & EventLog;

/**
 * Lists the promises of the port `Repository`, the same for both of its forms.
 *
 * @param open - Opens a fresh, empty store for each case.
 * @param create - Makes the repository over that store.
 * @example
 * ```ts
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { repositoryContract } from "@counterpoint/testing";
 * import type { OpenStore, StorePorts } from "@counterpoint/testing";
 * import { createStateStoredRepository } from "@counterpoint/write-model";
 * import { it } from "vitest";
 *
 * const open: OpenStore<StorePorts> = async (options) => ({
 *   store: createMemoryStore(options), // yours
 *   async [Symbol.asyncDispose]() {},
 * });
 * for (const { name, run } of repositoryContract(open, createStateStoredRepository)) it(name, run);
 * ```
 */
export function repositoryContract<TStore extends Store>(
  open: OpenStore<TStore>,
  create: CreateRepository<TStore>,
): readonly ContractCase[] {
  const over = (store: TStore): Repository<Account, AccountEvent> =>
    create(store, account, { category: "account" });

  return casesOf("repository", open, {
    "loads the initial state at version 0 for an id without events": async (store) => {
      deepEqual(await over(store).load("1"), { state: null, version: 0 });
    },

    "loads what an update has saved": async (store) => {
      const updated = await over(store).update("1", opening("Ada", 5));
      deepEqual(updated.state, { owner: "Ada", balance: 5 });
      equal(updated.version, 2);
      deepEqual(updated.events, opening("Ada", 5)());
      deepEqual(await over(store).load("1"), { state: updated.state, version: 2 });
    },

    "decides on the state as it is, and hands over its version": async (store) => {
      const accounts = over(store);
      const seen: unknown[] = [];
      await accounts.update("1", opening("Ada", 5));
      const updated = await accounts.update("1", (state, version) => {
        seen.push([state, version]);
        return [Withdrawn({ account: "1", amount: 2 })];
      });
      deepEqual(seen, [[{ owner: "Ada", balance: 5 }, 2]]);
      deepEqual([updated.state, updated.version], [{ owner: "Ada", balance: 3 }, 3]);
      deepEqual((await accounts.load("1")).state, { owner: "Ada", balance: 3 });
    },

    "records the events in the aggregate's stream, with metadata": async (store) => {
      await over(store).update("1", opening("Ada", 5), {
        metadata: { actor: "ada", correlationId: "c-1", tenant: 7 },
      });
      const events = await store.readStream("account-1");
      deepEqual(
        events.map(({ type, version }) => [type, version]),
        [
          ["AccountOpened", 1],
          ["Deposited", 2],
        ],
      );
      for (const { metadata } of events) {
        deepEqual(metadata, { id: metadata.id, actor: "ada", correlationId: "c-1", tenant: 7 });
      }
    },

    "writes nothing when nothing is decided, and hands out the token of the last event": async (
      store,
    ) => {
      const accounts = over(store);
      const first = await accounts.update("1", opening("Ada", 5));
      await accounts.update("2", opening("Bob", 1));
      const before = await store.readStream("account-1");
      const unchanged = await accounts.update("1", () => []);
      deepEqual(unchanged, { ...first, events: [] });
      await assertUnwritten(store, "account-1", before);
    },

    "writes nothing when nothing is decided about an id without events": async (store) => {
      const updated = await over(store).update("1", () => []);
      deepEqual([updated.state, updated.version, updated.events], [null, 0, []]);
      equal(decodeToken(updated.token), 0);
      await assertUnwritten(store, "account-1");
      deepEqual(await over(store).load("1"), { state: null, version: 0 });
    },

    "passes on what decide throws, unchanged, and writes nothing": async (store) => {
      const accounts = over(store);
      const refusal = new Error("too little money");
      await rejectsWith(
        accounts.update("1", () => {
          throw refusal;
        }),
        (error) => error === refusal,
        "the very error that decide threw",
      );
      await assertUnwritten(store, "account-1");
      deepEqual(await accounts.load("1"), { state: null, version: 0 });
    },

    "refuses a decision that is no list of the decider's events, and writes nothing": async (
      store,
    ) => {
      const accounts = over(store);
      for (const decided of [
        undefined,
        null,
        Deposited({ account: "1", amount: 1 }),
        [Deposited({ account: "1", amount: 1 }), { type: "Stranger", payload: 1 }],
        [{ type: "toString", payload: 1 }],
        [undefined],
        [null],
        Promise.resolve([]),
      ]) {
        await rejectsWithClass(
          accounts.update("1", () => decided as readonly AccountEvent[]),
          TypeError,
        );
      }
      await assertUnwritten(store, "account-1");
      deepEqual(await accounts.load("1"), { state: null, version: 0 });
    },

    "refuses an event that JSON cannot hold, and writes nothing": async (store) => {
      await rejectsWithStoreError(
        over(store).update("1", () => [
          AccountOpened({ account: "1", owner: "Ada" }),
          Deposited({ account: "1", amount: Number.NaN }),
        ]),
        "INVALID_EVENT",
      );
      await assertUnwritten(store, "account-1");
      deepEqual(await over(store).load("1"), { state: null, version: 0 });
    },

    "checks the expected version before it decides": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 5));
      const never = (): never => {
        throw new Error("decided all the same");
      };
      for (const expectedVersion of ["none", 0, 1, 3] as const) {
        await rejectsWithConflict(accounts.update("1", never, { expectedVersion }), {
          stream: "account-1",
          actual: 2,
        });
      }
      for (const expectedVersion of ["exists", 1] as const) {
        await rejectsWithConflict(accounts.update("2", never, { expectedVersion }), {
          stream: "account-2",
          actual: 0,
        });
      }
    },

    "accepts an expected version that holds": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 5), { expectedVersion: "none" });
      await accounts.update("1", deposit(1), { expectedVersion: 2 });
      await accounts.update("1", deposit(1), { expectedVersion: "exists" });
      await accounts.update("1", deposit(1), { expectedVersion: "any" });
      await accounts.update("2", opening("Bob", 1), { expectedVersion: 0 });
      deepEqual(await accounts.load("1"), { state: { owner: "Ada", balance: 8 }, version: 5 });
    },

    "lets exactly one of two concurrent updates win, and the other decide anew": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 0));
      for (let round = 0; round < 20; round++) {
        const outcomes = await Promise.allSettled([
          accounts.update("1", deposit(1)),
          accounts.update("1", deposit(1)),
        ]);
        const lost = outcomes.filter((outcome) => outcome.status === "rejected");
        ok(lost.length <= 1, "one of them wins");
        for (const { reason } of lost) ok(isConcurrencyError(reason), String(reason));
        if (lost.length === 1) await accounts.update("1", deposit(1));
        deepEqual((await accounts.load("1")).state, { owner: "Ada", balance: 2 * (round + 1) });
      }
    },

    "loses no update among many writers that try again": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 0));
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let done = 0, tries = 0; done < 3; tries++) {
            ok(tries < 500, "a writer that tries again gets through some time");
            try {
              await accounts.update("1", deposit(1));
              done++;
            } catch (error) {
              if (!isConcurrencyError(error)) throw error;
            }
          }
        }),
      );
      deepEqual(await accounts.load("1"), { state: { owner: "Ada", balance: 24 }, version: 26 });
    },

    "lets exactly one of two concurrent creates win": async (store) => {
      const accounts = over(store);
      for (let round = 0; round < 50; round++) {
        const id = `${round}`;
        const outcomes = await Promise.allSettled(
          ["Ada", "Bob"].map((owner) =>
            accounts.update(id, opening(owner, 1), { expectedVersion: "none" }),
          ),
        );
        const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
        equal(won.length, 1);
        deepEqual((await accounts.load(id)).state, won[0]!.value.state);
        equal((await accounts.load(id)).version, 2);
      }
    },

    "hands out tokens that stand for the update's last event": async (store) => {
      const accounts = over(store);
      for (const id of ["1", "2", "1"]) {
        const { token } = await accounts.update(id, deposit(1));
        const last = (await store.readStream(`account-${id}`)).at(-1)!;
        equal(decodeToken(token), last.position);
      }
    },

    "keeps aggregates apart whose ids look alike": async (store) => {
      const accounts = over(store);
      const ids = ["1", "01", "a", "A", "a-b", "__proto__", "constructor", "'; --", "🦄", " "];
      for (const [n, id] of ids.entries()) await accounts.update(id, opening(id, n));
      for (const [n, id] of ids.entries()) {
        deepEqual((await accounts.load(id)).state, { owner: id, balance: n });
      }
    },

    "loads an id that no store can hold as one without events": async (store) => {
      await over(store).update("\uFFFD", opening("other", 1));
      for (const id of ["a\u0000", "\uD800"]) {
        deepEqual(await over(store).load(id), { state: null, version: 0 });
        await rejectsWith(over(store).update(id, opening("Ada", 1)), () => true, "a refusal");
      }
    },

    "goes on from a state that is null again": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 5));
      const closed = await accounts.update("1", () => [AccountClosed({ account: "1" })]);
      deepEqual([closed.state, closed.version], [null, 3]);
      deepEqual(await accounts.load("1"), { state: null, version: 3 });
      await rejectsWithConflict(
        accounts.update("1", opening("Eve", 1), { expectedVersion: "none" }),
        { stream: "account-1", actual: 3 },
      );
      await accounts.update("1", opening("Ada", 7));
      deepEqual(await accounts.load("1"), { state: { owner: "Ada", balance: 7 }, version: 5 });
    },

    "folds a long history to the sum of it": async (store) => {
      const accounts = over(store);
      let balance = 0;
      await accounts.update("1", opening("Ada", 0));
      for (let n = 1; n <= 30; n++) {
        await accounts.update("1", deposit(n));
        balance += n;
      }
      deepEqual(await accounts.load("1"), { state: { owner: "Ada", balance }, version: 32 });
    },

    "shares no state between loads": async (store) => {
      const accounts = over(store);
      await accounts.update("1", opening("Ada", 5));
      for (let round = 0; round < 2; round++) {
        const { state } = await accounts.load("1");
        deepEqual(state, { owner: "Ada", balance: 5 });
        Object.assign(state!, { balance: 1_000_000 });
      }
    },
  });
}

function opening(owner: string, amount: number): () => readonly AccountEvent[] {
  return () => [AccountOpened({ account: "1", owner }), Deposited({ account: "1", amount })];
}

function deposit(amount: number): () => readonly AccountEvent[] {
  return () => [Deposited({ account: "1", amount })];
}
