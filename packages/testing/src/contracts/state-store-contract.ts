import type { EventLog, EventStore } from "@counterpoint/events";
import { decodeToken } from "@counterpoint/events";
import type { StateChange, StateStore } from "@counterpoint/write-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import {
  assertUnwritten,
  payloads,
  rejectsWithClass,
  rejectsWithConflict,
  rejectsWithStoreError,
} from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";
import { deposits } from "../sample-domain.ts";

type Store = StateStore & EventStore & EventLog;

/**
 * Lists the promises of the port `StateStore`: a row and the events that explain it are written together.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function stateStoreContract(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("state store", open, {
    "has no row at first": async (store) => {
      equal(await store.loadState("accounts", "1"), undefined);
    },

    "keeps the row and its events": async (store) => {
      const result = await store.saveState(change({ state: { balance: 5 } }));
      deepEqual(await store.loadState("accounts", "1"), {
        state: { balance: 5 },
        version: 1,
        position: result.position,
      });
      deepEqual(await store.readStream("account-1"), result.events);
      deepEqual(result.streams, [{ stream: "account-1", version: 1, created: true }]);
      equal(decodeToken(result.token), result.position);
    },

    "replaces the row": async (store) => {
      await store.saveState(change({ state: { balance: 5, note: "gone soon" } }));
      const { position } = await store.saveState(
        change({ state: { balance: 7 }, expectedVersion: 1, events: deposits("1", 1, 1) }),
      );
      deepEqual(await store.loadState("accounts", "1"), {
        state: { balance: 7 },
        version: 3,
        position,
      });
    },

    "writes neither row nor events on a conflict": async (store) => {
      await store.saveState(change({ state: 1 }));
      const before = await store.readStream("account-1");
      const row = await store.loadState("accounts", "1");
      await rejectsWithConflict(store.saveState(change({ state: 2, expectedVersion: 0 })), {
        stream: "account-1",
        actual: 1,
      });
      await assertUnwritten(store, "account-1", before);
      deepEqual(await store.loadState("accounts", "1"), row);
    },

    "lets exactly one of two concurrent saves of a new row win": async (store) => {
      for (let round = 0; round < 50; round++) {
        const id = `${round}`;
        const outcomes = await Promise.allSettled(
          ["a", "b"].map((writer) =>
            store.saveState(
              change({ id, stream: `account-${id}`, state: { writer }, metadata: { writer } }),
            ),
          ),
        );
        equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
        const [event] = await store.readStream(`account-${id}`);
        const row = await store.loadState("accounts", id);
        deepEqual(row?.state, { writer: event!.metadata["writer"] });
      }
    },

    "refuses a state that JSON cannot hold, and writes nothing": async (store) => {
      for (const state of [undefined, new Date(0), 1n, Number.NaN, { at: new Map() }, "\u0000"]) {
        await rejectsWithStoreError(store.saveState(change({ state })), "INVALID_EVENT");
      }
      await assertUnwritten(store, "account-1");
      equal(await store.loadState("accounts", "1"), undefined);
    },

    "refuses events that JSON cannot hold, and writes no row": async (store) => {
      await rejectsWithStoreError(
        store.saveState(change({ events: [{ type: "Fact", payload: new Date(0) }] })),
        "INVALID_EVENT",
      );
      await rejectsWithClass(store.saveState(change({ events: [] })), TypeError);
      equal(await store.loadState("accounts", "1"), undefined);
    },

    "gives back every JSON state exactly": async (store) => {
      const states = [
        null,
        false,
        0,
        "",
        "Zoë 🦄",
        [],
        [1, [2]],
        { n: Number.MAX_SAFE_INTEGER, half: 0.5, inner: { "a.b": null } },
        JSON.parse('{"__proto__": 1}') as unknown,
      ];
      for (const [n, state] of states.entries()) {
        await store.saveState(change({ id: `${n}`, stream: `account-${n}`, state }));
      }
      for (const [n, state] of states.entries()) {
        deepEqual((await store.loadState("accounts", `${n}`))?.state, state);
      }
    },

    "shares no state with its callers": async (store) => {
      const state = { tags: ["kept"] };
      const saving = store.saveState(change({ state }));
      state.tags.push("changed after the call");
      await saving;
      for (let round = 0; round < 2; round++) {
        const row = await store.loadState("accounts", "1");
        deepEqual(row?.state, { tags: ["kept"] });
        (row.state as typeof state).tags.push("changed by a reader");
      }
    },

    "keeps collections and ids apart": async (store) => {
      const ids = ["1", "01", "1 ", "a", "A", "'; --", "__proto__", "🦄"];
      for (const collection of ["accounts", "accounts_2", "constructor"]) {
        for (const id of ids) {
          const stream = `${collection}-${id}`;
          await store.saveState(change({ collection, id, stream, state: stream }));
        }
      }
      for (const collection of ["accounts", "accounts_2", "constructor"]) {
        for (const id of ids) {
          equal((await store.loadState(collection, id))?.state, `${collection}-${id}`);
        }
      }
    },

    "refuses a collection name that could not name a table, and writes nothing": async (store) => {
      for (const collection of ["", "Accounts", "a b", 'a"b', "1a", "x".repeat(64)]) {
        await rejectsWithClass(store.saveState(change({ collection })), TypeError);
        await rejectsWithClass(store.loadState(collection, "1"), TypeError);
      }
      await assertUnwritten(store, "account-1");
    },

    "has no row under an id that no store can hold": async (store) => {
      await store.saveState(change({ id: "\uFFFD" }));
      for (const id of ["a\u0000", "\uD800"]) {
        equal(await store.loadState("accounts", id), undefined);
        await rejectsWithStoreError(
          store.saveState(change({ id, stream: "account-2" })),
          "INVALID_EVENT",
        );
      }
      await assertUnwritten(store, "account-2");
    },

    "puts the events into the one log": async (store) => {
      await store.append({ stream: "other", events: deposits("o", 1) });
      await store.saveState(change({ events: deposits("1", 2, 3) }));
      await store.append({ stream: "other", events: deposits("o", 4) });
      const { events } = await store.readLog({ after: 0, limit: 10 });
      deepEqual(
        payloads(events),
        [...deposits("o", 1), ...deposits("1", 2, 3), ...deposits("o", 4)].map(
          ({ payload }) => payload,
        ),
      );
    },
  });
}

function change(given: Partial<StateChange>): StateChange {
  return {
    collection: "accounts",
    id: "1",
    stream: "account-1",
    state: { balance: 5 },
    events: deposits("1", 5),
    expectedVersion: "none",
    ...given,
  };
}
