import type { Summary } from "./statistics.ts";
import { summarize } from "./statistics.ts";

/** One contender's line of a table. */
export interface Row extends Summary {
  readonly name: string;
  /** One per round, in the table's unit. */
  readonly samples: readonly number[];
  /** Divided by the reference's sample of the same round; absent without a reference. */
  readonly ratio?: Summary;
}

/** A bound that a figure is held against. */
export interface Target {
  readonly text: string;
  readonly actual: number;
  readonly kind: "at most" | "at least";
  readonly limit: number;
  readonly met: boolean;
}

export interface Table {
  readonly title: string;
  readonly unit: string;
  /** Name of the row that the others are divided by. */
  readonly reference?: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

/** Everything that one part of the benchmarks has found out. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly tables: readonly Table[];
  /** What there is no figure for, and why. */
  readonly notes: readonly string[];
}

export interface TableInput {
  readonly title: string;
  readonly unit: string;
  readonly reference?: string;
  /** By contender, in the order of rounds. */
  readonly samples: ReadonlyMap<string, readonly number[]>;
  readonly notes?: readonly string[];
  readonly targets?: (ratioOf: RatioOf) => readonly (Target | undefined)[];
}

/** The median of one contender's samples, divided round by round by another's; alone, of the samples themselves. */
export type RatioOf = (name: string, to?: string) => number;

/** Makes a table of samples. Targets about contenders that have no samples are left out, so a note must speak of them. */
export function table(input: TableInput): Table {
  const { title, unit, reference, samples, notes = [], targets = () => [] } = input;
  const base = reference === undefined ? undefined : samples.get(reference);
  const rows = [...samples].map(([name, own]): Row => {
    const row = { name, samples: own, ...summarize(own) };
    return base ? { ...row, ratio: summarize(divided(own, base)) } : row;
  });
  const ratioOf: RatioOf = (name, to) => {
    const own = samples.get(name);
    const other = to === undefined ? undefined : samples.get(to);
    if (!own || (to !== undefined && !other)) return NaN;
    return summarize(other ? divided(own, other) : own).median;
  };
  return {
    title,
    unit,
    ...(reference === undefined ? {} : { reference }),
    rounds: Math.max(0, ...rows.map((row) => row.samples.length)),
    rows,
    targets: targets(ratioOf).filter((target) => target !== undefined),
    notes,
  };
}

/** Holds a figure against a bound; `undefined` when there is no figure. */
export function atMost(text: string, limit: number, actual: number): Target | undefined {
  if (Number.isNaN(actual)) return undefined;
  return { text, actual, kind: "at most", limit, met: actual <= limit };
}

/** Holds a figure against a bound; `undefined` when there is no figure. */
export function atLeast(text: string, limit: number, actual: number): Target | undefined {
  if (Number.isNaN(actual)) return undefined;
  return { text, actual, kind: "at least", limit, met: actual >= limit };
}

function divided(samples: readonly number[], by: readonly number[]): number[] {
  return samples.flatMap((sample, round) => {
    const other = by[round];
    return other === undefined ? [] : [sample / other];
  });
}
