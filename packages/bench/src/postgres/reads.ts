import { failureNotes, metric } from "../harness/compare.ts";
import type { Compared } from "../harness/compare.ts";
import type { Effort } from "../harness/effort.ts";
import { scaled } from "../harness/effort.ts";
import type { Table, TableInput } from "../harness/report.ts";
import { atLeast, atMost, table } from "../harness/report.ts";
import type { Bench, Comparison } from "./run.ts";
import { race } from "./run.ts";

const OURS = "counterpoint";
const EMMETT = "emmett 0.42";
const LOOP = "hand-written loop";

const caughtUp = (effort: Effort): number => scaled(100_000, effort, 500);
/** It is so much slower that it gets less to do; the figure is per second. */
const caughtUpByEmmett = (effort: Effort): number =>
  effort.name === "full" ? 4_000 : scaled(2_000, effort, 50);

const BY_EMMETT = {
  [EMMETT]: "emmett:emmett-catch-up",
  "emmett 0.42, defaults": "emmett:emmett-catch-up-default",
};

/** Reads, per second. */
export const READS: readonly Comparison[] = [
  {
    title: "Read a stream of 1,000 events",
    unit: "events/s",
    reference: "raw pg",
    contenders: {
      "raw pg": "raw:raw-read",
      [OURS]: "counterpoint:read",
      [EMMETT]: "emmett:emmett-read",
    },
    settings: () => ({ events: 1_000 }),
    times: () => 1_000,
    targets: (ratioOf) => [
      atLeast("read × raw pg", 0.9, ratioOf(OURS, "raw pg")),
      atLeast("read × emmett", 1.8, ratioOf(OURS, EMMETT)),
    ],
  },
];

/** How fast a projection follows a log that is there already. */
export async function catchUpTable(bench: Bench): Promise<Table> {
  const { effort } = bench;
  const rounds = Math.min(effort.rounds, 5);
  const events = caughtUp(effort);
  const few = caughtUpByEmmett(effort);
  const ours = await race(
    bench,
    {
      [LOOP]: "raw:raw-loop",
      [OURS]: "counterpoint:catch-up",
      "counterpoint, defaults": "counterpoint:catch-up-default",
    },
    { settings: { events }, count: 1, rounds },
  );
  // One after the other: two of its schemas in one database get into each other's way.
  const theirs: Compared[] = [];
  for (const [name, contender] of Object.entries(BY_EMMETT)) {
    const options = { settings: { events: few }, count: 1, rounds };
    theirs.push(await race(bench, { [name]: contender }, options));
  }
  const samples = new Map([
    ...perEvent(ours, events),
    ...theirs.flatMap((each) => [...perEvent(each, few)]),
  ]);
  return table({
    title: `Catch-up of ${events.toLocaleString("en-US")} events, batches of 1,000`,
    unit: "events/s",
    reference: LOOP,
    samples,
    targets: (ratioOf) => [
      atLeast("catch-up × hand-written loop", 0.85, ratioOf(OURS, LOOP)),
      atLeast("catch-up × emmett's best", 8, ratioOf(OURS, EMMETT)),
      atLeast(
        "catch-up at defaults × emmett at defaults",
        40,
        ratioOf("counterpoint, defaults", "emmett 0.42, defaults"),
      ),
    ],
    notes: [
      `emmett follows ${few.toLocaleString("en-US")} events, with batches of 1,000 and a pause of 1 ms, and at its defaults` +
        " (100, 50 ms); its turns come after ours, not between them, and are timed from the first event to the last.",
      "The loop reads the next batch while it writes one, with one statement for documents and checkpoint, and loads no documents.",
      ...failureNotes(ours),
      ...theirs.flatMap(failureNotes),
    ],
  });
}

/** From the call of append to when a reader could see it. */
export async function lagTable(bench: Bench): Promise<readonly Table[]> {
  const { effort } = bench;
  const contenders = {
    "counterpoint, inline": "lag:inline",
    [OURS]: "lag:wake",
    "counterpoint, NOTIFY": "lag:notify",
    "counterpoint, polls every 50 ms": "lag:poll",
    [EMMETT]: "emmett:emmett-lag",
  };
  const compared = await race(bench, contenders, {
    settings: { writers: 16, patienceMs: effort.name === "full" ? 5_000 : 2_000 },
    count: scaled(600, effort, 20),
    warmUp: scaled(200, effort, 10),
    rounds: Math.min(effort.rounds, 5),
  });
  const unseen = [...metric(compared, "unseen")].flatMap(([name, shares]) => {
    const worst = Math.max(...shares);
    return worst > 0 ? [`${name} never saw up to ${worst.toFixed(1)}% of the events.`] : [];
  });
  const titleOf = (share: string): string => `Lag at 200 events/s, ${share}`;
  const common = { unit: "ms", reference: OURS, notes: [...unseen, ...failureNotes(compared)] };
  return [
    table({
      ...common,
      title: titleOf("median"),
      samples: metric(compared, "p50"),
      targets: (ratioOf) => [
        atMost("p50, ms", 5, ratioOf(OURS)),
        atLeast("emmett's p50 × ours", 50, ratioOf(EMMETT, OURS)),
      ],
    }),
    table({
      ...common,
      title: titleOf("99th percentile"),
      samples: metric(compared, "p99"),
      targets: (ratioOf) => [
        atMost("p99, ms", 30, ratioOf(OURS)),
        atLeast("emmett's p99 × ours", 50, ratioOf(EMMETT, OURS)),
      ],
    }),
  ];
}

/** What a follower never sees while 16 write. */
export async function lostTable(bench: Bench): Promise<Table> {
  const { effort } = bench;
  const compared = await race(
    bench,
    { log: "lost" },
    {
      settings: { writers: 16 },
      count: scaled(20_000, effort, 200),
      warmUp: 0,
      rounds: Math.min(effort.rounds, 5),
    },
  );
  const naive = "position > last seen";
  const samples = renamed(compared, { [naive]: "naive", [OURS]: "ours" });
  return table({
    title: "Lost events, 16 writers",
    unit: "%",
    samples,
    targets: (ratioOf) => [atMost("lost, %", 0, ratioOf(OURS))],
    notes: [
      "Two followers of the same log, at the same time, while it is written.",
      ...failureNotes(compared),
    ],
  });
}

/** Whether a long replay keeps its pace and its memory. */
export async function replayTable(bench: Bench): Promise<readonly Table[]> {
  const { effort } = bench;
  const events = scaled(1_000_000, effort, 5_000);
  const compared = await race(
    bench,
    { log: "replay" },
    {
      settings: { events },
      count: 1,
      warmUp: 0,
      rounds: effort.name === "full" ? 3 : 1,
      flags: ["--expose-gc"],
    },
  );
  const tenth = events / 10;
  const [first, early, late] = [tenth, 2 * tenth, events].map((at) => at.toLocaleString("en-US"));
  const title = `Replay of ${events.toLocaleString("en-US")} events`;
  const inputs: TableInput[] = [
    {
      title: `${title}, pace`,
      unit: "events/s",
      samples: renamed(compared, {
        [`${first} to ${early}`]: "early",
        [`the last ${first}`]: "late",
      }),
      targets: (ratioOf) => [
        atLeast("last tenth × second", 0.8, ratioOf(`the last ${first}`, `${first} to ${early}`)),
      ],
      notes: failureNotes(compared),
    },
    {
      title: `${title}, heap after collection`,
      unit: "MiB",
      samples: renamed(compared, { [`at ${first}`]: "heapEarly", [`at ${late}`]: "heapLate" }),
      targets: (ratioOf) => [
        atMost(`heap at ${late} × at ${first}`, 1.2, ratioOf(`at ${late}`, `at ${first}`)),
      ],
    },
  ];
  return inputs.map(table);
}

/** One event at a time, in process. */
export async function pgliteTable(bench: Bench): Promise<Table> {
  const compared = await race(
    bench,
    { "prepared CTE": "pglite:pglite-prepared", [OURS]: "pglite:pglite" },
    {},
  );
  return table({
    title: "PGlite: append 1 event",
    unit: "appends/s",
    reference: "prepared CTE",
    samples: metric(compared, "perSecond"),
    targets: (ratioOf) => [atLeast("append × prepared CTE", 0.9, ratioOf(OURS, "prepared CTE"))],
    notes: failureNotes(compared),
  });
}

function perEvent(compared: Compared, events: number): ReadonlyMap<string, readonly number[]> {
  return new Map(
    [...metric(compared, "perSecond")].map(
      ([name, values]) => [name, values.map((value) => value * events)] as const,
    ),
  );
}

/** Makes rows of the metrics of the only contender. */
function renamed(
  compared: Compared,
  names: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly number[]> {
  const rows = Object.entries(names).flatMap(([name, from]) =>
    [...metric(compared, from).values()].map((values) => [name, values] as const),
  );
  return new Map(rows);
}
