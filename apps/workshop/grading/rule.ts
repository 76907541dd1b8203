import type { Finding } from "./red.ts";

export interface RuleOptions {
  /** Why the rule exists, in one short sentence. The screen shows it below what was observed. */
  readonly why: string;
  /** Texts that show where in the learner's files to look; the first that is found counts. */
  readonly at?: string | readonly string[];
  /** How long it may take when the exercise's limit is too short for it; milliseconds. For what starts a database. */
  readonly timeLimitMs?: number;
}

export interface TypeRuleOptions extends RuleOptions, Finding {
  /** A file of `tests/`, named `*.test-d.ts`: the rule holds when the compiler finds nothing in it. */
  readonly file: string;
}

/** A registered rule, in the order of registration. */
export interface Rule {
  readonly title: string;
  readonly why: string;
  readonly at: readonly string[];
  readonly timeLimitMs?: number;
  readonly body: (() => unknown) | TypeRuleOptions;
}

const registered: Rule[] = [];
const closers: (() => Promise<void>)[] = [];

/**
 * Adds a rule to the exercise. Rules run one after the other; the first that does not hold is what the learner sees.
 *
 * @param title - The rule in one sentence, without a full stop: `Redelivery must not change the view`. Unique.
 * @param prove - Throws, by way of {@link red}, {@link same}, {@link refuses} or {@link forAll}, when it does not hold.
 * @example
 * rule("The wire changes nothing", { why: "messages travel as JSON", at: "until" }, () =>
 *   forAll(fc.date(), (until) => {
 *     const message = holdSeat("c1", "A1", until);
 *     same(JSON.parse(JSON.stringify(message)), message, { given: "HoldSeat → JSON → HoldSeat" });
 *   }),
 * );
 */
export function rule(
  title: string,
  { why, at = [], timeLimitMs }: RuleOptions,
  prove: () => unknown,
): void {
  add({ title, why, at: [at].flat(), body: prove, ...(timeLimitMs && { timeLimitMs }) });
}

/** Adds a rule about types: it holds when `tsc` finds nothing in one file of `tests/`. */
export function typeRule(title: string, options: TypeRuleOptions): void {
  const { why, at = [] } = options;
  add({ title, why, at: [at].flat(), body: options });
}

/** Has something closed when all rules have run, under all seeds: a run has one worker, and one module of each file. */
export function closeAtEnd(close: () => Promise<void>): void {
  closers.push(close);
}

/** Closes what was to be closed, the newest first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

/** Lists the rules in the order in which they run. */
export function rules(): readonly Rule[] {
  return registered;
}

function add(rule: Rule): void {
  if (registered.some(({ title }) => title === rule.title)) {
    throw new TypeError(`Two rules are called "${rule.title}"; a title is unique.`);
  }
  registered.push(rule);
}
