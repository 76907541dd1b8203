/** What a red rule says to the learner: the contract between the tests of an exercise and the screen. */
export interface RedReport {
  /** The sentence that does not hold. */
  readonly rule: string;
  readonly kind: RedKind;
  /** What was done: the messages sent, the events delivered. */
  readonly given?: string;
  readonly observed: string;
  readonly expected?: string;
  /** What it would cost a user. */
  readonly consequence?: string;
  /** Why the rule exists. */
  readonly why?: string;
  /** Where in the learner's files, as far as it is known. */
  readonly place?: Place;
  /** Replays the run that found it. */
  readonly seed?: number;
}

/**
 * - `rule`: the code runs and does the wrong thing.
 * - `error`: it throws where nothing was to be thrown.
 * - `hang`: it does not come back.
 * - `types`, `syntax`: it does not compile.
 */
export type RedKind = "rule" | "error" | "hang" | "types" | "syntax";

export interface Place {
  /** Relative to the learner's folder, with forward slashes. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/** How one rule ended. */
export interface RuleResult {
  readonly rule: string;
  /** Absent when the rule holds. */
  readonly red?: RedReport;
}

/** Which planted variants a learner's property told apart. */
export interface Matrix {
  readonly correct: readonly Cell[];
  /** Empty as long as a correct variant is refused: what dies of a property that refuses everything proves nothing. */
  readonly mutants: readonly Cell[];
}

export interface Cell {
  readonly name: string;
  /** Whether the property held, under all seeds: `true` for correct variants and for surviving mutants. */
  readonly passed: boolean;
}

/** A rule as the worker tells of it; places and types are looked up outside. */
export interface RawResult {
  readonly rule: string;
  readonly red?: Omit<RedReport, "rule" | "place">;
  /** The stack of an error that the learner's code threw. */
  readonly stack?: string;
  /** Texts to look for in the learner's files when no stack frame says where. */
  readonly at: readonly string[];
  /** A rule about types holds when the compiler finds nothing in this file of `tests/`. */
  readonly typeTest?: string;
  /** What such a rule says when it does not hold. */
  readonly otherwise?: Omit<RedReport, "rule" | "place">;
}

/** What the worker tells while it works. */
export type Progress =
  | {
      readonly type: "begin";
      readonly rule: string;
      readonly seed: number;
      /** How long this rule may take, when that is longer than the run's limit. */
      readonly timeLimitMs?: number;
    }
  | { readonly type: "end"; readonly result: RawResult; readonly seed: number }
  | { readonly type: "matrix"; readonly matrix: Matrix; readonly seed: number }
  /** Thrown outside of any rule: while the files load, or by a promise that nobody awaits. */
  | { readonly type: "stray"; readonly observed: string; readonly stack: string }
  /** Nothing is left that could happen. */
  | { readonly type: "idle" }
  | { readonly type: "done" };
