import { isDeepStrictEqual } from "node:util";
import { show } from "./show.ts";

/** What a failed comparison says beyond its values. */
export interface Circumstances {
  /** What was done, as short as it can be told: `SeatReserved#7 → SeatReserved#7`. */
  readonly given?: string;
  /** What it would cost a user: `A seat is gone that nobody has taken.` */
  readonly consequence?: string;
}

export interface Finding extends Circumstances {
  readonly observed: string;
  readonly expected: string;
}

/** Says that the learner's code did not do what a rule demands. Every other error is one of the code itself. */
export class Red extends Error {
  override readonly name = "Red";
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.observed}, expected ${finding.expected}`);
    this.finding = finding;
  }
}

/** Ends the rule: it does not hold. */
export function red(finding: Finding): never {
  throw new Red(finding);
}

/**
 * Ends the rule unless both are deeply equal; dates and instances of classes count by type and content. Of objects and
 * lists the first member that differs is reported, with its path.
 */
export function same(
  observed: unknown,
  expected: unknown,
  circumstances: Circumstances = {},
): void {
  if (isDeepStrictEqual(observed, expected)) return;
  const [path, left, right] = firstDifference("", observed, expected);
  const label = path === "" ? "" : `${path.replace(/^\./, "")} is `;
  const [is, was] = [kindOf(left), kindOf(right)];
  const differs = is !== undefined && was !== undefined && is !== was;
  red({
    ...circumstances,
    observed: `${label}${show(left)}${differs ? ` (${is})` : ""}`,
    expected: `${show(right)}${differs ? ` (${was})` : ""}`,
  });
}

/** Names what may look alike: the text of a date, and the date. */
function kindOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "object" ? value.constructor?.name : typeof value;
}

/**
 * Ends the rule unless `act` throws or rejects with an error that has this `code`.
 *
 * @returns The error, for further questions.
 */
export async function refuses(
  act: () => unknown,
  code: string,
  circumstances: Circumstances = {},
): Promise<Error> {
  const expected = `an error with code ${code}`;
  let answer: unknown;
  try {
    answer = await act();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === code) return error;
    return red({ ...circumstances, observed: `threw ${show(error)}`, expected });
  }
  return red({ ...circumstances, observed: `answered ${show(answer)}`, expected });
}

/** Goes down as long as both sides are plain and have the same members. */
function firstDifference(
  path: string,
  observed: unknown,
  expected: unknown,
): readonly [path: string, observed: unknown, expected: unknown] {
  if (!isPlain(observed) || !isPlain(expected)) return [path, observed, expected];
  const keys = Object.keys(expected);
  const isSameShape = keys.join("\0") === Object.keys(observed).join("\0");
  const key = keys.find((key) => !isDeepStrictEqual(observed[key], expected[key]));
  if (!isSameShape || key === undefined) return [path, observed, expected];
  const step = Array.isArray(expected) ? `[${key}]` : `.${key}`;
  return firstDifference(path + step, observed[key], expected[key]);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
