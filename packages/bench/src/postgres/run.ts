import type { Compared, Entrant } from "../harness/compare.ts";
import { compare, failureNotes, metric } from "../harness/compare.ts";
import type { Effort } from "../harness/effort.ts";
import type { RatioOf, Table, Target } from "../harness/report.ts";
import { table } from "../harness/report.ts";
import type { Settings } from "../harness/worker.ts";
import type { BenchServer } from "./server.ts";

export interface Bench {
  readonly server: BenchServer;
  readonly effort: Effort;
  readonly worker: string;
}

/** One table: who does what at which setting. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly reference: string;
  /** Name in the table → name in the worker. */
  readonly contenders: Readonly<Record<string, string>>;
  readonly settings?: (effort: Effort) => Settings;
  /** Figures of a second are multiplied by it, when one unit of work is many. */
  readonly times?: (effort: Effort) => number;
  /** Work in one turn. Default: as much as fits. */
  readonly count?: (effort: Effort) => number;
  readonly rounds?: (effort: Effort) => number;
  readonly notes?: readonly string[];
  readonly targets?: (ratioOf: RatioOf) => readonly (Target | undefined)[];
}

/** Runs contenders against each other, each with a schema of its own. */
export async function race(
  { server, effort, worker }: Bench,
  contenders: Readonly<Record<string, string>>,
  options: {
    readonly settings?: Settings;
    readonly count?: number;
    readonly warmUp?: number;
    readonly rounds?: number;
    readonly flags?: readonly string[];
  },
): Promise<Compared> {
  const entrants: Entrant[] = [];
  for (const [name, contender] of Object.entries(contenders)) {
    entrants.push({ name, contender, settings: { schema: await server.createSchema() } });
  }
  const { settings = {}, ...rest } = options;
  try {
    return await compare({
      worker,
      entrants,
      effort: { ...effort, turnMs: effort.turnMs * 8 }, // a turn has to outlast a checkpoint's hiccup
      settings: { ...settings, url: server.url },
      ...rest,
    });
  } finally {
    await server.dropSchemas();
  }
}

export async function runComparison(bench: Bench, comparison: Comparison): Promise<Table> {
  const { effort } = bench;
  const { title, unit, reference, targets, notes = [] } = comparison;
  const count = comparison.count?.(effort);
  const rounds = comparison.rounds?.(effort);
  const compared = await race(bench, comparison.contenders, {
    settings: comparison.settings?.(effort) ?? {},
    ...(count === undefined ? {} : { count }),
    ...(rounds === undefined ? {} : { rounds }),
  });
  const times = comparison.times?.(effort) ?? 1;
  const samples = new Map(
    [...metric(compared, "perSecond")].map(
      ([name, values]) => [name, values.map((value) => value * times)] as const,
    ),
  );
  return table({
    title,
    unit,
    reference,
    samples,
    notes: [...notes, ...failureNotes(compared)],
    ...(targets ? { targets } : {}),
  });
}
