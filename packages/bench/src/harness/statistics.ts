/** The middle of a set of samples, and how far its middle half spreads. */
export interface Summary {
  readonly median: number;
  /** The quartiles: half of all samples lie between them. */
  readonly q1: number;
  readonly q3: number;
}

/** @throws {RangeError} When there are no samples, or one is no finite number. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0 || !samples.every(Number.isFinite)) {
    throw new RangeError(`Expected finite samples, got [${samples.join(", ")}].`);
  }
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), q1: at(sorted, 0.25), q3: at(sorted, 0.75) };
}

/** Reads a quantile between 0 and 1, interpolated; of nothing it is `NaN`. */
export function quantile(samples: readonly number[], part: number): number {
  return at(
    [...samples].sort((a, b) => a - b),
    part,
  );
}

function at(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}
