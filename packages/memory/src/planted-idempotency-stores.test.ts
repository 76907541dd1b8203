import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import type { OpenStore, Plant } from "@counterpoint/testing";
import { idempotencyStoreContract, planted, redCases } from "@counterpoint/testing";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";

/** A wrong adapter, and the titles of cases that have to notice. */
interface Planted {
  readonly wrong: string;
  readonly plant: Plant<IdempotencyStore>;
  readonly killedBy: readonly string[];
}

const open: OpenStore<IdempotencyStore> = async ({ clock }) => ({
  store: createMemoryIdempotencyStore(clock && { now: () => clock.now() }),
  [Symbol.asyncDispose]: async () => {},
});

const PLANTS: readonly Planted[] = [
  {
    wrong: "looks first and claims later",
    plant: (right) => {
      const taken = new Set<string>();
      return {
        async begin(call) {
          const isFree = !taken.has(call.key);
          await nextTurn();
          taken.add(call.key);
          return isFree ? { status: "new", claim: "1" } : right.begin(call);
        },
      };
    },
    killedBy: ["gives a key to exactly one of many who ask at once"],
  },
  {
    wrong: "takes over a lease that has run out as often as it is asked",
    plant: (right, { clock }) => {
      const beganMs = clock?.now() ?? 0;
      return {
        async begin(call) {
          const entry = await right.begin(call);
          const isLate = clock !== undefined && clock.now() >= beganMs + 1_000;
          return isLate && entry.status === "pending" && entry.fingerprint === call.fingerprint
            ? { status: "new", claim: "heir" }
            : entry;
        },
      };
    },
    killedBy: ["gives a key to exactly one of many when its lease has run out"],
  },
  {
    wrong: "tells who asks their own fingerprint",
    plant: (right) => ({
      async begin(call) {
        const entry = await right.begin(call);
        return entry.status === "new" ? entry : { ...entry, fingerprint: call.fingerprint };
      },
    }),
    killedBy: [
      "gives a key to who asks first, and tells others under which fingerprint",
      "gives everybody the result, with its fingerprint",
    ],
  },
  keyed("folds the case of keys", (key) => key.toLowerCase()),
  keyed("trims keys", (key) => key.trim()),
  keyed("normalises keys", (key) => key.normalize("NFC")),
  keyed("cuts keys off", (key) => key.slice(0, 500)),
  keyed("takes an empty key for a blank one", (key) => key || " "),
  {
    wrong: "stores results as JSON does what it cannot hold",
    plant: (right) => ({
      complete: (call) => right.complete({ ...call, result: call.result ?? null }),
    }),
    killedBy: ["tells no result from null"],
  },
  {
    wrong: "takes null for no result",
    plant: (right) => ({
      complete: (call) => right.complete({ ...call, result: call.result ?? undefined }),
    }),
    killedBy: ["tells no result from null", "gives back every JSON result exactly"],
  },
  {
    wrong: "keeps results as text of a few digits",
    plant: (right) => ({
      complete: (call) =>
        right.complete({
          ...call,
          result: typeof call.result === "number" ? Math.fround(call.result) : call.result,
        }),
    }),
    killedBy: ["gives back every JSON result exactly"],
  },
  {
    wrong: "reads a result when it gets to it",
    plant: (right) => ({
      async complete(call) {
        await nextTurn();
        return right.complete(call);
      },
    }),
    killedBy: ["shares no result with its callers"],
  },
  {
    wrong: "hands the same result to everybody",
    plant: (right) => {
      const results = new Map<string, unknown>();
      return {
        async begin(call) {
          const entry = await right.begin(call);
          if (entry.status !== "done") return entry;
          if (!results.has(call.key)) results.set(call.key, entry.result);
          return { ...entry, result: results.get(call.key) };
        },
      };
    },
    killedBy: ["shares no result with its callers"],
  },
  {
    wrong: "replaces a result by a later one",
    plant: (right) => {
      const latest = new Map<string, { readonly claim: string; readonly result: unknown }>();
      return {
        async complete(call) {
          const counted = await right.complete(call);
          if (counted)
            latest.set(call.key, structuredClone({ claim: call.claim, result: call.result }));
          return counted;
        },
        async begin(call) {
          const entry = await right.begin(call);
          return entry.status === "done"
            ? { ...entry, result: structuredClone(latest.get(call.key)?.result) }
            : entry;
        },
      };
    },
    killedBy: ["keeps the first result when a claim is completed again, and says that it counted"],
  },
  {
    wrong: "says that a second completion did not count",
    plant: (right) => {
      const seen = new Set<string>();
      return {
        async complete(call) {
          const isFirst = !seen.has(`${call.key} ${call.claim}`);
          seen.add(`${call.key} ${call.claim}`);
          return (await right.complete(call)) && isFirst;
        },
      };
    },
    killedBy: ["keeps the first result when a claim is completed again, and says that it counted"],
  },
  {
    wrong: "abandons nothing",
    plant: () => ({ abandon: async () => {} }),
    killedBy: [
      "sets a key free that is abandoned, for any fingerprint",
      "refuses a claim that was abandoned",
    ],
  },
  claims(
    "gives the same claim again",
    (right) => {
      const names = new Map<string, string>();
      return {
        async begin(call) {
          const entry = await right.begin(call);
          if (entry.status === "new") names.set(call.key, entry.claim);
          return entry.status === "new" ? { ...entry, claim: call.key } : entry;
        },
        complete: (call) => right.complete({ ...call, claim: names.get(call.claim) ?? call.claim }),
        abandon: (call) => right.abandon({ ...call, claim: names.get(call.claim) ?? call.claim }),
      };
    },
    [
      "refuses the result of a claim that was taken over",
      "lets nobody abandon the claim of who took over",
    ],
  ),
  claims(
    "asks for no claim",
    (right) => {
      const latest = new Map<string, string>();
      return {
        async begin(call) {
          const entry = await right.begin(call);
          if (entry.status === "new") latest.set(call.key, entry.claim);
          return entry;
        },
        complete: (call) => right.complete({ ...call, claim: latest.get(call.key) ?? call.claim }),
        abandon: (call) => right.abandon({ ...call, claim: latest.get(call.key) ?? call.claim }),
      };
    },
    [
      "refuses claims of other keys, and claims that it never gave",
      "refuses the result of a claim that was taken over",
      "lets nobody abandon the claim of who took over",
    ],
  ),
  claims(
    "says that every completion counts",
    (right) => ({
      async complete(call) {
        await right.complete(call);
        return true;
      },
    }),
    ["refuses a claim that was abandoned", "refuses the result of a claim that was taken over"],
  ),
  claims(
    "stores whatever is completed",
    (right) => {
      const results = new Map<string, unknown>();
      return {
        async complete(call) {
          results.set(call.key, structuredClone(call.result));
          return right.complete(call);
        },
        async begin(call) {
          const entry = await right.begin(call);
          return entry.status === "pending" && results.has(call.key)
            ? { status: "done", fingerprint: entry.fingerprint, result: results.get(call.key) }
            : entry;
        },
      };
    },
    ["refuses the result of a claim that was taken over"],
  ),
  claims(
    "lets results be abandoned",
    (right) => {
      const gone = new Set<string>();
      return {
        async abandon(call) {
          gone.add(call.key);
          await right.abandon(call);
        },
        begin: async (call) =>
          gone.delete(call.key) ? { status: "new", claim: "9" } : right.begin(call),
      };
    },
    ["lets nobody abandon what is completed"],
  ),
  leased("takes over a moment too soon", ({ leaseMs }) => leaseMs - 1, [
    "holds a claim until its lease has run out, and then gives the key to another",
  ]),
  leased("takes over a moment too late", ({ leaseMs }) => leaseMs + 1, [
    "holds a claim until its lease has run out, and then gives the key to another",
  ]),
  leased("never takes over", () => Infinity, [
    "holds a claim until its lease has run out, and then gives the key to another",
    "gives a key to exactly one of many when its lease has run out",
  ]),
  leased("has one lease for all", () => 1_000, ["gives each claim the lease that it asked for"]),
  {
    wrong: "starts a lease anew whenever somebody asks",
    plant: (_right, { clock }) => {
      let offsetMs = 0;
      let askedMs = clock?.now() ?? 0;
      const store = createMemoryIdempotencyStore({ now: () => (clock?.now() ?? 0) - offsetMs });
      return {
        ...store,
        begin(call) {
          offsetMs += (clock?.now() ?? 0) - askedMs > 500 ? 0 : (clock?.now() ?? 0) - askedMs;
          askedMs = clock?.now() ?? 0;
          return store.begin(call);
        },
      };
    },
    killedBy: ["does not lengthen a lease when others ask"],
  },
  {
    wrong: "gives a key that was left to any fingerprint",
    plant: (_right, { clock }) => {
      const store = createMemoryIdempotencyStore({ now: () => clock?.now() ?? 0 });
      const prints = new Map<string, string>();
      return {
        ...store,
        async begin(call) {
          const first = prints.get(call.key) ?? call.fingerprint;
          prints.set(call.key, first);
          return store.begin({ ...call, fingerprint: first });
        },
      };
    },
    killedBy: ["keeps a key from another fingerprint when its lease has run out"],
  },
  {
    wrong: "refuses what comes after the lease",
    plant: (right, { clock }) => {
      const ends = new Map<string, number>();
      return {
        async begin(call) {
          const entry = await right.begin(call);
          if (entry.status === "new") ends.set(entry.claim, (clock?.now() ?? 0) + call.leaseMs);
          return entry;
        },
        complete: async (call) =>
          (clock?.now() ?? 0) < (ends.get(call.claim) ?? 0) ? right.complete(call) : false,
      };
    },
    killedBy: ["takes a result after the lease while nobody has taken over"],
  },
  {
    wrong: "keeps results no longer than leases",
    plant: (_right, { clock }) =>
      createMemoryIdempotencyStore({ now: () => clock?.now() ?? 0, ttlMs: 1_000 }),
    killedBy: ["keeps a result longer than a lease"],
  },
];

it("finds nothing wrong with the store that is right", async () => {
  expect(await redCases(idempotencyStoreContract(open))).toEqual([]);
});

it.each(PLANTS)("notices a store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(idempotencyStoreContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it("has a planted store for every promise", () => {
  const killed = new Set(PLANTS.flatMap(({ killedBy }) => killedBy));
  expect(
    idempotencyStoreContract(open)
      .map(({ name }) => name)
      .filter((name) => !killed.has(name)),
  ).toEqual([]);
});

function keyed(wrong: string, change: (key: string) => string): Planted {
  return {
    wrong,
    plant: (right) => ({
      begin: (call) => right.begin({ ...call, key: change(call.key) }),
      complete: (call) => right.complete({ ...call, key: change(call.key) }),
      abandon: (call) => right.abandon({ ...call, key: change(call.key) }),
    }),
    killedBy: ["keeps keys apart that look alike"],
  };
}

function claims(
  wrong: string,
  plant: (right: IdempotencyStore) => Partial<IdempotencyStore>,
  killedBy: readonly string[],
): Planted {
  return { wrong, plant, killedBy };
}

function leased(
  wrong: string,
  leaseOf: (call: { readonly leaseMs: number }) => number,
  killedBy: readonly string[],
): Planted {
  return {
    wrong,
    plant: (right) => ({ begin: (call) => right.begin({ ...call, leaseMs: leaseOf(call) }) }),
    killedBy,
  };
}
