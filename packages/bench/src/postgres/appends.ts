import { atLeast } from "../harness/report.ts";
import type { Comparison } from "./run.ts";

const CTE = "raw CTE";
const OURS = "counterpoint";
const EMMETT = "emmett 0.42";
const COALESCED = "counterpoint, coalesced";

const PLAIN = {
  "raw INSERT, unchecked": "raw:raw-insert",
  [CTE]: "raw:raw-cte",
  "BEGIN, SELECT, INSERT, COMMIT": "raw:raw-transaction",
  [OURS]: "counterpoint:registry",
  "counterpoint, unsafe order": "counterpoint:unsafe",
  "counterpoint, serialized": "counterpoint:serialized",
  [COALESCED]: "counterpoint:coalesced",
  [EMMETT]: "emmett:emmett",
};
const UNSAFE_NOTE =
  "Unsafe order: the same function without the in-flight registry. It loses events, and shows what the registry costs.";

/** Appends, per second, by so many writers. */
export function appends(writers: readonly number[]): readonly Comparison[] {
  return [
    ...writers.map(one),
    ...(writers.length > 1 ? [WITHOUT_DISK] : []),
    ...writers.map(ten),
    ...writers.map(withInline),
  ];
}

function one(writers: number): Comparison {
  return {
    title: `Append 1 event, ${writersText(writers)}`,
    unit: "appends/s",
    reference: CTE,
    contenders: PLAIN,
    settings: () => ({ writers }),
    notes: [UNSAFE_NOTE],
    targets: (ratioOf) => [
      atLeast("append 1 × raw CTE", 0.95, ratioOf(OURS, CTE)),
      atLeast("append 1 × emmett", writers === 1 ? 2 : 3, ratioOf(OURS, EMMETT)),
      atLeast("registry × unsafe order", 0.95, ratioOf(OURS, "counterpoint, unsafe order")),
      writers === 1 ? undefined : atLeast("coalesced × raw CTE", 1.7, ratioOf(COALESCED, CTE)),
    ],
  };
}

const WITHOUT_DISK: Comparison = {
  title: "Append 1 event, 16 writers, synchronous_commit off",
  unit: "appends/s",
  reference: CTE,
  contenders: PLAIN,
  settings: () => ({ writers: 16, durable: false }),
  notes: ["Without waiting for the disk, what a processor does shows."],
};

function ten(writers: number): Comparison {
  return {
    title: `Append 10 events, ${writersText(writers)}`,
    unit: "appends/s",
    reference: CTE,
    contenders: {
      [CTE]: "raw:raw-cte",
      "BEGIN, SELECT, INSERT, COMMIT": "raw:raw-transaction",
      [OURS]: "counterpoint:registry",
      [EMMETT]: "emmett:emmett",
    },
    settings: () => ({ writers, batch: 10 }),
    targets: (ratioOf) => [
      atLeast("append 10 × raw CTE of 10", 0.9, ratioOf(OURS, CTE)),
      atLeast("append 10 × emmett", 2, ratioOf(OURS, EMMETT)),
    ],
  };
}

function withInline(writers: number): Comparison {
  return {
    title: `Append with an inline projection, ${writersText(writers)}`,
    unit: "appends/s",
    reference: CTE,
    contenders: {
      [CTE]: "raw:raw-cte",
      "CTE and upsert, one trip": "raw:raw-inline",
      "CTE and upsert, a transaction": "raw:raw-inline-transaction",
      "counterpoint, plain": "counterpoint:registry",
      [OURS]: "counterpoint:inline",
      [EMMETT]: "emmett:emmett-inline",
    },
    settings: () => ({ writers }),
    targets: (ratioOf) => [
      atLeast("with inline projection × plain", 0.9, ratioOf(OURS, "counterpoint, plain")),
      atLeast("with inline projection × emmett", 4, ratioOf(OURS, EMMETT)),
    ],
  };
}

function writersText(writers: number): string {
  return writers === 1 ? "1 writer" : `${writers} writers`;
}
