import fc from "fast-check";
import { seed } from "./for-all.ts";
import { red } from "./red.ts";
import type { Cell, Matrix } from "./report.ts";
import { rule } from "./rule.ts";
import { show } from "./show.ts";

/** How the learner's property of a ★ step is graded. */
export interface PropertyRulesOptions<TSut extends object> {
  /** What the learner exports. */
  readonly property: (makeSut: () => TSut) => fc.IRawProperty<readonly unknown[], boolean>;
  /** One word for what is tested: `bus`, `view`. */
  readonly noun: string;
  /** The methods that a property has to call, or it proves nothing. */
  readonly uses: readonly (keyof TSut & string)[];
  /** Right implementations, different in everything that the contract leaves open; the key says how. */
  readonly correct: Readonly<Record<string, () => TSut>>;
  /** Wrong implementations, one misconception each. The keys are those of `mutants` in exercise.json. */
  readonly mutants: Readonly<Record<string, () => TSut>>;
  /** One more right implementation, which takes its time. */
  readonly last?: LastVariant<TSut>;
  /** Cases per seed; integer ≥ 1. Default 200. */
  readonly numRuns?: number;
  /** Where a learner looks. Default `property`. */
  readonly at?: string | readonly string[];
}

/** A right implementation over a real thing. It is asked last, under one seed, when nothing else is wrong. */
export interface LastVariant<TSut extends object> {
  /** As in {@link PropertyRulesOptions.correct}: says how it does it. */
  readonly name: string;
  /** The title of its rule. */
  readonly rule: string;
  readonly why: string;
  /** What it says of a property that this one alone breaks. */
  readonly consequence: string;
  /** Opens the real thing, and gives back what makes an implementation for each case. */
  readonly open: () => Promise<() => TSut>;
  /** Cases; integer ≥ 1. */
  readonly numRuns: number;
  readonly timeLimitMs: number;
}

/**
 * Adds the three rules of a mutant-graded step: the property uses what it tests, every correct variant passes, every
 * wrong one is caught. Each is asked under three seeds; a mutant that dies under some of them only was caught by luck.
 * With `last`, a fourth.
 */
export function propertyRules<TSut extends object>(options: PropertyRulesOptions<TSut>): void {
  const { noun, at = "property" } = options;
  let asked: { readonly seed: number; readonly verdict: Promise<Verdict> } | undefined;
  const verdict = (): Promise<Verdict> => {
    if (asked?.seed !== seed()) asked = { seed: seed(), verdict: judge(options) };
    return asked.verdict;
  };

  rule(
    `The property uses the ${noun}`,
    { why: `what never calls the ${noun} says nothing about it`, at },
    async () => {
      const { unused, discarded } = await verdict();
      if (discarded) {
        red({
          observed: "nearly every case is thrown away by fc.pre",
          expected: "cases that reach the assertion",
          consequence: "It passes because it does not look.",
        });
      }
      if (unused.length > 0) {
        red({
          observed: `${unused.map((name) => `${name}()`).join(", ")} is never called`,
          expected: `a property that calls ${options.uses.map((name) => `${name}()`).join(", ")}`,
          consequence: "It would hold for any code at all.",
        });
      }
    },
  );

  rule(
    `Every correct ${noun} passes`,
    { why: "a test that demands more than the contract breaks with every refactoring", at },
    async () => {
      const { refusal } = await verdict();
      if (refusal) {
        red({
          given: refusal.counterexample,
          observed: `refuses a correct ${noun} (${refusal.name})${refusal.error}`,
          expected: "a property that holds for it",
          consequence: refusal.refusesAll
            ? `It refuses every ${noun}, so that it "catches" the wrong ones proves nothing.`
            : "Over-specified: it tests how this one does it, not what all promise.",
        });
      }
    },
  );

  rule(
    `Every wrong ${noun} is caught`,
    { why: "each survivor is a misconception that your test would let into production", at },
    async () => {
      const { matrix, refusal } = await verdict();
      if (refusal) {
        red({
          observed: `not asked: a correct ${noun} is refused`,
          expected: "a property that every correct one passes",
        });
      }
      const survivors = matrix.mutants.filter(({ passed }) => passed);
      if (survivors.length > 0) {
        const total = matrix.mutants.length;
        red({
          observed: `${total - survivors.length} of ${total} wrong variants caught`,
          expected: `all ${total}, under each of three seeds`,
          consequence: `${survivors.length} would pass your tests and go to production.`,
        });
      }
    },
  );

  if (options.last) addLast(options, options.last, verdict);
}

function addLast<TSut extends object>(
  options: PropertyRulesOptions<TSut>,
  last: LastVariant<TSut>,
  verdict: () => Promise<Verdict>,
): void {
  const { name, rule: title, why, consequence, open, numRuns, timeLimitMs } = last;
  const { at = "property" } = options;
  rule(title, { why, at, timeLimitMs }, async () => {
    const { unused, discarded, matrix } = await verdict();
    const isRight = matrix.correct.every(({ passed }) => passed);
    const isSharp = matrix.mutants.length > 0 && matrix.mutants.every(({ passed }) => !passed);
    if (unused.length > 0 || discarded || !isRight || !isSharp) {
      red({ observed: "not asked yet", expected: "first, every other rule about the property" });
    }
    const details = await check({ ...options, numRuns }, await open(), seed());
    const cell = { name, passed: !details.failed };
    tellMatrix({ ...matrix, correct: [...matrix.correct, cell] });
    if (!details.failed) return;
    red({
      given: details.counterexample
        ? `with ${details.counterexample.map(show).join(", ")}`
        : "fc.pre",
      observed: `refuses a correct ${options.noun} (${name})${reasonOf(details.errorInstance)}`,
      expected: "a property that holds for it",
      consequence,
    });
  });
}

let tellMatrix: (matrix: Matrix) => void = () => {};

/** Has the matrix told as soon as it is known. */
export function onMatrix(listener: (matrix: Matrix) => void): void {
  tellMatrix = listener;
}

interface Verdict {
  readonly unused: readonly string[];
  readonly discarded: boolean;
  readonly refusal: Refusal | undefined;
  readonly matrix: Matrix;
}

interface Refusal {
  readonly name: string;
  readonly error: string;
  readonly counterexample: string;
  readonly refusesAll: boolean;
}

async function judge<TSut extends object>(options: PropertyRulesOptions<TSut>): Promise<Verdict> {
  const { uses, correct, mutants } = options;
  const called = new Set<string>();
  let discarded = false;
  let refusal: Refusal | undefined;
  const correctCells: Cell[] = [];
  for (const [name, make] of Object.entries(correct)) {
    const details = await firstFailure(options, () => watched(make(), called));
    if (details?.counterexample === null) discarded = true;
    if (details && details.counterexample !== null) {
      refusal ??= {
        name,
        error: reasonOf(details.errorInstance),
        counterexample: `with ${details.counterexample.map(show).join(", ")}`,
        refusesAll: false,
      };
    }
    correctCells.push({ name, passed: !details });
  }
  const mutantCells: Cell[] = [];
  if (!refusal && !discarded) {
    for (const [name, make] of Object.entries(mutants)) {
      mutantCells.push({ name, passed: await survives(options, make) });
    }
  }
  if (refusal && !correctCells.some(({ passed }) => passed)) {
    refusal = { ...refusal, refusesAll: true };
  }
  const unused = refusal ? [] : uses.filter((method) => !called.has(method));
  const matrix = { correct: correctCells, mutants: mutantCells };
  tellMatrix(matrix);
  return { unused, discarded, refusal, matrix };
}

async function firstFailure<TSut extends object>(
  options: PropertyRulesOptions<TSut>,
  make: () => TSut,
): Promise<fc.RunDetails<readonly unknown[]> | undefined> {
  for (const seed of seeds()) {
    const details = await check(options, make, seed);
    if (details.failed) return details;
  }
  return undefined;
}

/** Whether a mutant lives: it has to die under every seed. */
async function survives<TSut extends object>(
  options: PropertyRulesOptions<TSut>,
  make: () => TSut,
): Promise<boolean> {
  for (const seed of seeds()) {
    const { failed } = await check(options, make, seed, true);
    if (!failed) return true;
  }
  return false;
}

async function check<TSut extends object>(
  { property, numRuns = 200 }: PropertyRulesOptions<TSut>,
  make: () => TSut,
  seed: number,
  endOnFailure = false,
): Promise<fc.RunDetails<readonly unknown[]>> {
  const made: unknown = property(make);
  if (!isProperty(made)) {
    return red({
      observed: `property(…) returned ${show(made)}`,
      expected: "fc.property(…) or fc.asyncProperty(…), not yet asserted",
      consequence: "The grader runs it, against many implementations.",
    });
  }
  return fc.check(made, { seed, numRuns, endOnFailure });
}

function isProperty(value: unknown): value is fc.IRawProperty<readonly unknown[], boolean> {
  return typeof value === "object" && value !== null && "generate" in value && "run" in value;
}

function seeds(): readonly number[] {
  return [0, 1, 2].map((step) => (seed() + step * 7_919) | 0);
}

function watched<TSut extends object>(sut: TSut, called: Set<string>): TSut {
  return new Proxy(sut, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      called.add(String(name));
      return (...args: unknown[]): unknown => Reflect.apply(member, target, args);
    },
  });
}

/** A property that returns false says no more than that. */
function reasonOf(error: unknown): string {
  const text = show(error);
  return text.includes("Property failed by returning false") ? "" : `: ${text}`;
}
