import type { IdempotencyEntry, IdempotencyStore } from "@counterpoint/bus/idempotency";
import * as fc from "fast-check";
import { jsonPayloads } from "../arbitraries.ts";
import type { CaseSetup, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import type { ManualTime } from "../manual-time.ts";
import { manualTime } from "../manual-time.ts";
import { deepEqual, equal, fail, notEqual } from "../node.ts";

const KEY = '["CreateUser","ada","form-7"]';
const LEASE_MS = 1_000;
const CALL = { key: KEY, fingerprint: "f1", leaseMs: LEASE_MS };

/**
 * Lists the promises of the port `IdempotencyStore`.
 *
 * @param open - Opens a fresh, empty store for each case. It tells leases by `clock` of the options, where there is one.
 */
export function idempotencyStoreContract(
  open: OpenStore<IdempotencyStore>,
): readonly ContractCase[] {
  return casesOf("idempotency", open, {
    "gives a key to who asks first, and tells others under which fingerprint": async (store) => {
      await claimed(store);
      for (const fingerprint of ["f1", "f2"]) {
        deepEqual(await store.begin({ ...CALL, fingerprint }), {
          status: "pending",
          fingerprint: "f1",
        });
      }
    },

    "gives a key to exactly one of many who ask at once": async (store) => {
      const entries = await Promise.all(Array.from({ length: 100 }, () => store.begin(CALL)));
      equal(news(entries).length, 1);
    },

    "keeps keys apart that look alike": async (store) => {
      const claims = new Set<string>();
      for (const key of LOOKALIKES) claims.add(await claimed(store, { key }));
      equal(claims.size, LOOKALIKES.length, "two keys have one claim");
      for (const key of LOOKALIKES) equal((await store.begin({ ...CALL, key })).status, "pending");
    },

    "gives everybody the result, with its fingerprint": async (store) => {
      await completed(store, { userId: "1" });
      for (const fingerprint of ["f1", "f2", "f1"]) {
        deepEqual(await store.begin({ ...CALL, fingerprint }), done({ userId: "1" }));
      }
    },

    "gives back every JSON result exactly": async (store) => {
      for (const [index, result] of fc.sample(jsonPayloads(), { numRuns: 60, seed: 5 }).entries()) {
        const key = `result ${index}`;
        await completed(store, result, key);
        deepEqual(await store.begin({ ...CALL, key }), done(result));
      }
    },

    "tells no result from null": async (store) => {
      for (const result of [undefined, null]) {
        await completed(store, result, String(result));
        deepEqual(await store.begin({ ...CALL, key: String(result) }), done(result));
      }
    },

    "shares no result with its callers": async (store) => {
      const result = { tags: ["kept"] };
      const completing = store.complete({ key: KEY, claim: await claimed(store), result });
      result.tags.push("changed after the call");
      equal(await completing, true);
      for (let round = 0; round < 2; round++) {
        const found = await store.begin(CALL);
        deepEqual(found, done({ tags: ["kept"] }));
        if (found.status === "done")
          (found.result as typeof result).tags.push("changed by a reader");
      }
    },

    "keeps the first result when a claim is completed again, and says that it counted": async (
      store,
    ) => {
      const claim = await completed(store, "first");
      equal(await store.complete({ key: KEY, claim, result: "second" }), true);
      deepEqual(await store.begin(CALL), done("first"));
    },

    "sets a key free that is abandoned, for any fingerprint": async (store) => {
      const first = await claimed(store);
      await store.abandon({ key: KEY, claim: first });
      const second = await claimed(store, { fingerprint: "f2" });
      notEqual(second, first);
      deepEqual(await store.begin(CALL), { status: "pending", fingerprint: "f2" });
    },

    "lets nobody abandon what is completed": async (store) => {
      const claim = await completed(store, "kept");
      await store.abandon({ key: KEY, claim });
      deepEqual(await store.begin(CALL), done("kept"));
    },

    "refuses a claim that was abandoned": async (store) => {
      const claim = await claimed(store);
      await store.abandon({ key: KEY, claim });
      equal(await store.complete({ key: KEY, claim, result: "late" }), false);
      await claimed(store);
    },

    "refuses claims of other keys, and claims that it never gave": async (store) => {
      const claim = await claimed(store);
      const other = await claimed(store, { key: "other" });
      equal(await store.complete({ key: KEY, claim: other, result: "wrong" }), false);
      equal(await store.complete({ key: KEY, claim: "never", result: "wrong" }), false);
      equal(await store.complete({ key: "nobody's", claim, result: "wrong" }), false);
      await store.abandon({ key: KEY, claim: other });
      deepEqual(await store.begin(CALL), { status: "pending", fingerprint: "f1" });
      equal(await store.complete({ key: KEY, claim, result: "right" }), true);
    },

    "holds a claim until its lease has run out, and then gives the key to another": timed(
      async (store, time) => {
        const first = await claimed(store);
        await time.advance(LEASE_MS - 1);
        equal((await store.begin(CALL)).status, "pending");
        await time.advance(1);
        notEqual(await claimed(store), first);
      },
    ),

    "gives each claim the lease that it asked for": timed(async (store, time) => {
      await claimed(store, { key: "short", leaseMs: 10 });
      await claimed(store, { key: "long", leaseMs: 10_000 });
      await time.advance(10);
      await claimed(store, { key: "short", leaseMs: 500 });
      equal((await store.begin({ ...CALL, key: "long" })).status, "pending");
      await time.advance(499);
      equal((await store.begin({ ...CALL, key: "short" })).status, "pending");
    }),

    "does not lengthen a lease when others ask": timed(async (store, time) => {
      await claimed(store);
      for (let round = 0; round < 4; round++) {
        await store.begin(CALL);
        await time.advance(LEASE_MS / 4);
      }
      await claimed(store);
    }),

    "gives a key to exactly one of many when its lease has run out": timed(async (store, time) => {
      await claimed(store);
      await time.advance(LEASE_MS);
      const entries = await Promise.all(Array.from({ length: 100 }, () => store.begin(CALL)));
      equal(news(entries).length, 1);
    }),

    "keeps a key from another fingerprint when its lease has run out": timed(
      async (store, time) => {
        await claimed(store);
        await time.advance(2 * LEASE_MS);
        const other = await store.begin({ ...CALL, fingerprint: "f2" });
        deepEqual(other, { status: "pending", fingerprint: "f1" });
        await claimed(store);
      },
    ),

    "refuses the result of a claim that was taken over": timed(async (store, time) => {
      const zombie = await claimed(store);
      await time.advance(LEASE_MS);
      const heir = await claimed(store);
      equal(await store.complete({ key: KEY, claim: zombie, result: "late" }), false);
      deepEqual(await store.begin(CALL), { status: "pending", fingerprint: "f1" });
      equal(await store.complete({ key: KEY, claim: heir, result: "kept" }), true);
      equal(await store.complete({ key: KEY, claim: zombie, result: "later" }), false);
      deepEqual(await store.begin(CALL), done("kept"));
    }),

    "lets nobody abandon the claim of who took over": timed(async (store, time) => {
      const zombie = await claimed(store);
      await time.advance(LEASE_MS);
      const heir = await claimed(store);
      await store.abandon({ key: KEY, claim: zombie });
      equal((await store.begin(CALL)).status, "pending");
      equal(await store.complete({ key: KEY, claim: heir, result: "kept" }), true);
    }),

    "takes a result after the lease while nobody has taken over": timed(async (store, time) => {
      const claim = await claimed(store);
      await time.advance(10 * LEASE_MS);
      equal(await store.complete({ key: KEY, claim, result: "late" }), true);
      deepEqual(await store.begin(CALL), done("late"));
    }),

    "keeps a result longer than a lease": timed(async (store, time) => {
      await completed(store, "kept");
      await time.advance(10 * LEASE_MS);
      deepEqual(await store.begin(CALL), done("kept"));
    }),
  });
}

/** Different in case, in spaces, in how they are composed, and in what databases and objects make much of. */
const LOOKALIKES = [
  ...['["a","b"]', '["A","b"]', '["a","b "]', ' ["a","b"]', '["a", "b"]', '["a","b"', '["a","b"]]'],
  ...["\u00E9", "e\u0301", "", " ", "0", "00", "null", "undefined", "%", "_", "a'b", "a\\'b"],
  ...["__proto__", "constructor", "x".repeat(500), "x".repeat(501)],
];

function timed(
  body: (store: IdempotencyStore, time: ManualTime) => Promise<void>,
): CaseSetup<IdempotencyStore> {
  return {
    prepare() {
      const time = manualTime();
      return [{ clock: time }, (store) => body(store, time)];
    },
  };
}

async function claimed(
  store: IdempotencyStore,
  call: Partial<Parameters<IdempotencyStore["begin"]>[0]> = {},
): Promise<string> {
  const entry = await store.begin({ ...CALL, ...call });
  return entry.status === "new" ? entry.claim : fail(`expected a claim, got ${entry.status}`);
}

async function completed(store: IdempotencyStore, result: unknown, key = KEY): Promise<string> {
  const claim = await claimed(store, { key });
  equal(await store.complete({ key, claim, result }), true, "the completion did not count");
  return claim;
}

function done(result: unknown): IdempotencyEntry {
  return { status: "done", fingerprint: "f1", result };
}

function news(entries: readonly IdempotencyEntry[]): readonly IdempotencyEntry[] {
  return entries.filter(({ status }) => status === "new");
}
