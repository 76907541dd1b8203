/** What a set of durations looks like. */
export interface Figures {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** One column of a distribution: how many durations are at least `fromMs` and less than `toMs`. */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Sums durations up; `undefined` when there are none. */
export function figuresOf(durationsMs: readonly number[]): Figures | undefined {
  if (durationsMs.length === 0) return undefined;
  const sorted = Float64Array.from(durationsMs).sort();
  return {
    count: sorted.length,
    p50: percentile(sorted, 50),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
  };
}

/**
 * Finds the duration that `percent` of all do not exceed (nearest rank).
 *
 * @param sorted - Ascending, at least one.
 * @param percent - In `(0, 100]`.
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN;
}

/** The bounds of the columns: three a decade, from half a millisecond to a minute. */
export const BOUNDS_MS: readonly number[] = [
  0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000,
];

/** Counts durations into columns that widen with the duration; what is longer than the last bound goes into the last. */
export function histogram(durationsMs: readonly number[]): readonly Bucket[] {
  const counts = new Uint32Array(BOUNDS_MS.length - 1);
  for (const ms of durationsMs) {
    const column = BOUNDS_MS.findLastIndex((bound) => bound <= ms);
    const index = Math.min(Math.max(column, 0), counts.length - 1);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return [...counts].map((count, index) => ({
    fromMs: BOUNDS_MS[index] ?? 0,
    toMs: BOUNDS_MS[index + 1] ?? Infinity,
    count,
  }));
}
