/** Finds the duration that half of all do not exceed (nearest rank); `undefined` when there are none. */
export function median(durationsMs: readonly number[]): number | undefined {
  const sorted = Float64Array.from(durationsMs).sort();
  return sorted[Math.ceil(sorted.length / 2) - 1];
}
