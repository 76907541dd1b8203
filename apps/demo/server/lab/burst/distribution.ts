/** What a set of durations looks like. */
export interface Distribution {
  readonly count: number;
  /** `null` while there are none, as the other two. */
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
  /** How many durations fall between each bound of `BOUNDS_MS` and the next; the last one is open. */
  readonly columns: readonly number[];
}

/** The bounds of the columns, five a decade: from ten microseconds to more than a minute. */
export const BOUNDS_MS: readonly number[] = [
  0,
  ...Array.from({ length: 35 }, (_, index) => Number((0.01 * 10 ** (index / 5)).toPrecision(3))),
];

/** Sums durations up. */
export function distributionOf(durationsMs: readonly number[]): Distribution {
  const sorted = Float64Array.from(durationsMs).sort();
  const columns = Array.from(BOUNDS_MS, () => 0);
  let column = 0;
  for (const ms of sorted) {
    while (ms >= (BOUNDS_MS[column + 1] ?? Infinity)) column++;
    columns[column] = (columns[column] ?? 0) + 1;
  }
  return {
    count: sorted.length,
    p50_ms: percentile(sorted, 50),
    p99_ms: percentile(sorted, 99),
    max_ms: percentile(sorted, 100),
    columns,
  };
}

/** Finds the duration that `percent` of all do not exceed (nearest rank). */
function percentile(sorted: ArrayLike<number>, percent: number): number | null {
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? null;
}
