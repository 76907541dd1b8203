import { bundle } from "../harness/bundle.ts";
import type { Compared, Entrant } from "../harness/compare.ts";
import { compare, compareLaunches, failureNotes, metric } from "../harness/compare.ts";
import type { Effort } from "../harness/effort.ts";
import type { Part, RatioOf, Table, Target } from "../harness/report.ts";
import { atMost, table } from "../harness/report.ts";
import type { Settings } from "../harness/worker.ts";

const OURS = "counterpoint";
const LIMIT = "optimal";

const NAMES: Readonly<Record<string, string>> = {
  direct: "direct call",
  [LIMIT]: LIMIT,
  isolated: "optimal, isolating",
  promiseAll: "Promise.all",
  awaiting: "async/await bus",
  composing: "composed per dispatch",
  [OURS]: OURS,
  emmett: "emmett 0.42",
  nest: "@nestjs/cqrs 11",
  hollywood: "hollywood-js 6",
  mediatr: "mediatr-ts 2.2",
  emittery: "emittery 1.2",
};
const ALL = NAMES[OURS]!;

interface Task {
  readonly title: string;
  readonly contenders: readonly string[];
  readonly settings: Settings;
  readonly reference?: string;
  readonly extra?: readonly Entrant[];
  readonly notes?: readonly string[];
  readonly targets: (ratioOf: RatioOf) => readonly (Target | undefined)[];
}

const REQUESTS = ["direct", LIMIT, "awaiting", OURS];
const PUBLISHERS = [LIMIT, "isolated", "promiseAll", "awaiting", OURS];
const PEERS = ["emmett", "nest", "hollywood", "mediatr"];
const NOT_AWAITED =
  "@nestjs/cqrs calls its subscribers, but offers nothing that waits for them: its figure is without the waiting.";

const TASKS: readonly Task[] = [
  {
    title: "Command",
    contenders: [...REQUESTS, ...PEERS],
    settings: { task: "command" },
    targets: (ratioOf) => [atMost("dispatch × optimal", 1.15, ratioOf(ALL, LIMIT))],
  },
  {
    title: "Command, 1,000 types in turn",
    contenders: [...REQUESTS, ...PEERS],
    settings: { task: "command", types: 1_000 },
    targets: (ratioOf) => [atMost("dispatch × optimal", 1.1, ratioOf(ALL, LIMIT))],
  },
  {
    title: "Query",
    contenders: [...REQUESTS, "nest", "hollywood", "mediatr"],
    settings: { task: "query" },
    targets: (ratioOf) => [atMost("dispatch × optimal", 1.15, ratioOf(ALL, LIMIT))],
  },
  ...[1, 10].flatMap((subscribers) =>
    (["publish", "publishNow"] as const).map((task): Task => {
      const kind = task === "publish" ? "asynchronous" : "synchronous";
      return {
        title: `Publish to ${subscribers}, ${kind}`,
        contenders: [...PUBLISHERS, ...PEERS, "emittery"],
        settings: { task, subscribers },
        notes: [NOT_AWAITED],
        targets: (ratioOf) => [
          atMost("publish × optimal", 1.15, ratioOf(ALL, LIMIT)),
          atMost("publish × Promise.all", 0.8, ratioOf(ALL, NAMES["promiseAll"])),
        ],
      };
    }),
  ),
  {
    title: "Command behind three middlewares",
    contenders: [LIMIT, "awaiting", "composing", OURS, "hollywood", "mediatr"],
    extra: [
      { name: `${OURS}, none`, contender: OURS, settings: { task: "command" } },
      { name: `${LIMIT}, none`, contender: LIMIT, settings: { task: "command" } },
    ],
    settings: { task: "layered" },
    targets: (ratioOf) => [atMost("three × none", 1.15, ratioOf(ALL, `${OURS}, none`))],
  },
];

/** What one dispatch leaves behind for the garbage collector. */
const WEIGHED = [
  { title: "Bytes allocated per command", settings: { task: "command" }, limit: 300 },
  { title: "Bytes allocated per query", settings: { task: "query" }, limit: 300 },
];

/** Measures the buses in process. */
export async function benchBus(effort: Effort): Promise<Part> {
  const worker = await bundle("bus/worker.ts");
  const env = { SUPPRESS_NO_CONFIG_WARNING: "1" }; // hollywood-js brings a reader of configuration along
  const tables: Table[] = [];
  for (const task of TASKS) {
    const { title, settings, targets, notes = [], extra = [] } = task;
    const entrants = [...task.contenders.map(entrant), ...extra];
    const options = { worker, entrants, settings, effort: often(effort), env };
    const compared = await compareLaunches(effort.launches, options);
    tables.push(
      table({
        title,
        unit: "ns",
        reference: LIMIT,
        samples: metric(compared, "cpuNs"),
        targets,
        notes: [...notes, ...failureNotes(compared)],
      }),
    );
  }
  for (const { title, settings, limit } of WEIGHED) {
    const compared = await weigh(worker, effort, settings, env);
    tables.push(
      table({
        title,
        unit: "bytes",
        reference: LIMIT,
        samples: metric(compared, "bytes"),
        targets: (ratioOf) => [atMost("bytes", limit, ratioOf(ALL))],
        notes: failureNotes(compared),
      }),
    );
  }
  return {
    name: "bus",
    title: "In process: one awaited dispatch, its message included",
    tables,
    notes: [
      "Processor time, all threads of the process: on a machine that does nothing else, about the time by the clock.",
      ...(effort.launches > 1
        ? [`Each table is of ${effort.launches} processes per contender, one after the other.`]
        : []),
      "Middle half: between the quartiles of the rounds. Ratios are taken round by round.",
      "node-cqrs 0.16 is left out: it installs a dependency from a git host. emittery 2 and @nestjs/cqrs 12 are left out:" +
        " they, or what they install, need Node 22. missive is not on npm.",
    ],
  };
}

/** Many short turns: what interrupts one of them then spoils few. */
function often(effort: Effort): Effort {
  const { rounds, turnMs, launches } = effort;
  return { ...effort, rounds: Math.ceil((rounds * 2 + 1) / launches), turnMs: turnMs / 2 };
}

function weigh(
  worker: string,
  effort: Effort,
  settings: Settings,
  env: Readonly<Record<string, string>>,
): Promise<Compared> {
  const contenders = settings["task"] === "query" ? ["nest", "hollywood", "mediatr"] : PEERS;
  return compare({
    worker,
    entrants: [...REQUESTS, ...contenders].map(entrant),
    // An optimised dispatch leaves out what an interpreted one allocates.
    settings: { ...settings, weighAfter: effort.name === "tiny" ? 1_000 : 200_000 },
    effort,
    count: 2_000, // of the heaviest, 20 MB: nothing is collected meanwhile
    warmUp: 2_000,
    rounds: Math.min(5, effort.rounds),
    flags: ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"],
    env,
  });
}

function entrant(contender: string): Entrant {
  return { name: NAMES[contender]!, contender };
}
