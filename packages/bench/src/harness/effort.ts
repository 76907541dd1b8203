/** How long to measure. */
export interface Effort {
  readonly name: "full" | "quick" | "tiny";
  /** How often every contender has its turn. */
  readonly rounds: number;
  /** How long a turn lasts in benchmarks whose turns are of a length of our choice; milliseconds. */
  readonly turnMs: number;
  /** How long to run before it counts: optimised code needs tens of thousands of calls. */
  readonly warmUpMs: number;
  /** How often processes are started anew where the luck of a compiler shows. */
  readonly launches: number;
  /** Multiplies the numbers of events and requests. */
  readonly scale: number;
}

export const EFFORTS: Readonly<Record<Effort["name"], Effort>> = {
  full: { name: "full", rounds: 9, turnMs: 40, warmUpMs: 500, launches: 3, scale: 1 },
  quick: { name: "quick", rounds: 5, turnMs: 10, warmUpMs: 200, launches: 1, scale: 0.1 },
  /** Proves that everything runs; its figures mean nothing. */
  tiny: { name: "tiny", rounds: 1, turnMs: 1, warmUpMs: 1, launches: 1, scale: 0.002 },
};

/** Scales a number of things; at least `least`. */
export function scaled(count: number, { scale }: Effort, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}
