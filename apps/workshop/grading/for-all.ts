import fc from "fast-check";
import { Red } from "./red.ts";
import { show } from "./show.ts";

export interface ForAllOptions {
  /** How many cases; integer ≥ 1. Default 100. */
  readonly numRuns?: number;
}

let currentSeed = 1;

/** The seed of this run: whatever a rule leaves to chance comes from here, so that it can be replayed. */
export function seed(): number {
  return currentSeed;
}

/** Sets the seed of the rules that run next. */
export function reseed(next: number): void {
  currentSeed = next;
}

/**
 * Ends the rule unless `prove` holds for every case, and reports the smallest case that breaks it.
 *
 * @param cases - What to generate. Use `fc.scheduler()` in it to try the orders of concurrent things.
 * @param prove - As in {@link rule}. It may be asynchronous.
 */
export async function forAll<T>(
  cases: fc.Arbitrary<T>,
  prove: (each: T) => unknown,
  { numRuns = 100 }: ForAllOptions = {},
): Promise<void> {
  const property = fc.asyncProperty(cases, async (each) => void (await prove(each)));
  const details = await fc.check(property, { seed: currentSeed, numRuns });
  if (!details.failed) return;
  const error = details.errorInstance;
  if (error instanceof Red || details.counterexample === null) throw error;
  throw new CaseError(error, `with ${show(details.counterexample[0])}`);
}

/** An error of the learner's code, and the case that it met. */
export class CaseError extends Error {
  override readonly name = "CaseError";
  readonly given: string;

  constructor(cause: unknown, given: string) {
    super("The learner's code threw.", { cause });
    this.given = given;
  }
}
