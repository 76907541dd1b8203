import type { SnapshotStore } from "@counterpoint/write-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithStoreError } from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";

/**
 * Lists the promises of the port `SnapshotStore`.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function snapshotStoreContract(open: OpenStore<SnapshotStore>): readonly ContractCase[] {
  return casesOf("snapshots", open, {
    "has no snapshot at first": async (store) => {
      equal(await store.loadSnapshot("account-1"), undefined);
    },

    "gives back the snapshot of a stream": async (store) => {
      await store.saveSnapshot("account-1", snapshot(3, { balance: 5 }));
      await store.saveSnapshot("account-2", snapshot(7, null));
      deepEqual(await store.loadSnapshot("account-1"), snapshot(3, { balance: 5 }));
      deepEqual(await store.loadSnapshot("account-2"), snapshot(7, null));
      equal(await store.loadSnapshot("account-3"), undefined);
    },

    "replaces an older snapshot by a newer one": async (store) => {
      await store.saveSnapshot("account-1", snapshot(3, "old"));
      await store.saveSnapshot("account-1", snapshot(4, "new"));
      deepEqual(await store.loadSnapshot("account-1"), snapshot(4, "new"));
    },

    "keeps a newer snapshot of the same schema": async (store) => {
      await store.saveSnapshot("account-1", snapshot(4, "new"));
      await store.saveSnapshot("account-1", snapshot(3, "late"));
      deepEqual(await store.loadSnapshot("account-1"), snapshot(4, "new"));
    },

    "keeps the newest of many that are saved at once": async (store) => {
      const versions = [3, 9, 1, 7, 5, 8, 2];
      await Promise.all(
        versions.map((version) => store.saveSnapshot("account-1", snapshot(version, version))),
      );
      deepEqual(await store.loadSnapshot("account-1"), snapshot(9, 9));
    },

    "replaces a snapshot of another schema, even a newer one": async (store) => {
      await store.saveSnapshot("account-1", { ...snapshot(9, "old shape"), schema: 1 });
      await store.saveSnapshot("account-1", { ...snapshot(4, "new shape"), schema: 2 });
      deepEqual(await store.loadSnapshot("account-1"), { ...snapshot(4, "new shape"), schema: 2 });
    },

    "refuses a state that JSON cannot hold, and keeps what it has": async (store) => {
      await store.saveSnapshot("account-1", snapshot(1, "kept"));
      for (const state of [undefined, new Date(0), 1n, Number.NaN, { at: new Set() }]) {
        await rejectsWithStoreError(
          store.saveSnapshot("account-1", snapshot(2, state)),
          "INVALID_EVENT",
        );
      }
      deepEqual(await store.loadSnapshot("account-1"), snapshot(1, "kept"));
    },

    "shares no state with its callers": async (store) => {
      const state = { tags: ["kept"] };
      const saving = store.saveSnapshot("account-1", snapshot(1, state));
      state.tags.push("changed after the call");
      await saving;
      for (let round = 0; round < 2; round++) {
        const found = await store.loadSnapshot("account-1");
        deepEqual(found?.state, { tags: ["kept"] });
        (found.state as typeof state).tags.push("changed by a reader");
      }
    },

    "has no snapshot of a stream that no store can hold": async (store) => {
      await store.saveSnapshot("\uFFFD", snapshot(1, "other"));
      for (const stream of ["a\u0000", "\uD800"]) {
        equal(await store.loadSnapshot(stream), undefined);
      }
    },
  });
}

function snapshot(version: number, state: unknown) {
  return { state, version, position: version * 10, schema: 1 };
}
