import { isBusError } from "@counterpoint/bus";
import { forAll, red, rule, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Evening, Try } from "./evening.ts";
import { BROKEN, reserve } from "./evening.ts";

const conflicts = fc.array(fc.constantFrom<Try>("conflict", "conflict at commit"), {
  minLength: 1,
  maxLength: 3,
});
const order = ["middleware: [", "new CommandBus"];

rule(
  "A command is handled once",
  { why: "each call of next() runs everything below again", at: ["return next()", "audit"] },
  async () => {
    const { trace, outcome } = await reserve(["ok"]);
    const times = trace.filter((step) => step === "reserve").length;
    if (times !== 1) {
      red({
        given: inWords(trace),
        observed: `handled ${times} times`,
        expected: "once",
        consequence: times > 1 ? "One click, two seats, two invoices." : "Nothing was reserved.",
      });
    }
    if (trace.join() !== "begin,reserve,commit") {
      red({
        given: inWords(trace),
        observed: "error" in outcome ? `threw ${show(outcome.error)}` : "another order of things",
        expected: "begin → reserve → commit",
        consequence: "What is written outside of a transaction stays when the rest fails.",
      });
    }
  },
);

rule(
  "Who may not reserve causes no transaction",
  { why: "what is refused should cost nothing", at: order },
  async () => {
    const { trace } = await reserve(["ok"], false);
    if (trace.length === 0) return;
    const isHandled = trace.includes("reserve");
    red({
      given: `the policy says no: ${inWords(trace)}`,
      observed: isHandled ? "a seat is reserved" : "a transaction was begun",
      expected: "none",
      consequence: isHandled
        ? "The policy is not asked, or asked too late."
        : "A refusal costs a connection: strangers can use up the pool.",
    });
  },
);

rule(
  "Each try has a transaction of its own",
  { why: "after a conflict a transaction does nothing more but roll back", at: order },
  () =>
    forAll(conflicts, async (conflicts) => {
      const { trace, outcome } = await reserve([...conflicts, "ok"]);
      const given = inWords(trace);
      const most = Math.max(...transactionsOf(trace).map(triesIn));
      if (most > 1) {
        red({
          given,
          observed: `${most} tries in one transaction`,
          expected: "one",
          consequence: "Tried again in the same transaction, it can only fail again.",
        });
      }
      if ("error" in outcome || trace.at(-1) !== "commit") {
        red({
          given,
          observed: "error" in outcome ? `threw ${show(outcome.error)}` : `no commit at the end`,
          expected: `reserved at try ${conflicts.length + 1}`,
          consequence: "The seat is free, and the customer reads that it is not.",
        });
      }
    }),
);

rule(
  "The caller gets the answer, or the error itself",
  { why: "a middleware that knows nothing of seats passes on what it gets", at: "audit" },
  async () => {
    const done = await reserve(["ok"]);
    if (!("answer" in done.outcome) || done.outcome.answer !== "A1 is yours") {
      red({ given: "the handler answers", observed: told(done), expected: "its answer" });
    }
    const broken = await reserve(["broken"]);
    const given = `the handler throws: ${inWords(broken.trace)}`;
    if (!("error" in broken.outcome) || broken.outcome.error !== BROKEN) {
      red({ given, observed: told(broken), expected: "the very error", consequence: lie(broken) });
    }
    if (broken.trace.includes("commit") || broken.trace.at(-1) !== "rollback") {
      red({ given, observed: `ended by ${broken.trace.at(-1)}`, expected: "a rollback" });
    }
    const refused = await reserve(["ok"], false);
    if (!("error" in refused.outcome) || !isBusError(refused.outcome.error, "FORBIDDEN")) {
      red({
        given: "the policy says no",
        observed: told(refused),
        expected: "an error with code FORBIDDEN",
        consequence: lie(refused),
      });
    }
  },
);

rule(
  "The log has one line for each command, and it is true",
  { why: "who reads it at night has nothing else", at: ["log(", "audit"] },
  async () => {
    const cases: readonly (readonly [name: string, evening: Evening])[] = [
      ["it goes well", await reserve(["ok"])],
      ["the handler throws", await reserve(["broken"])],
      ["the policy says no", await reserve(["ok"], false)],
      ["a conflict, then it goes well", await reserve(["conflict", "ok"])],
    ];
    for (const [given, { outcome, log }] of cases) {
      const end = "error" in outcome ? "failed" : "done";
      const [line = ""] = log;
      if (log.length === 1 && line.includes(end)) continue;
      red({
        given,
        observed: log.length === 0 ? "no line" : log.map((line) => `“${line}”`).join(", "),
        expected: `“ReserveSeat ${end}”`,
        consequence: untruth(log, end),
      });
    }
  },
);

function transactionsOf(trace: readonly string[]): string[][] {
  const transactions: string[][] = [[]];
  for (const step of trace) {
    if (step === "begin") transactions.push([]);
    transactions.at(-1)?.push(step);
  }
  return transactions;
}

function triesIn(transaction: readonly string[]): number {
  return transaction.filter((step) => step === "reserve").length;
}

function inWords(trace: readonly string[]): string {
  return trace.length === 0 ? "nothing happens" : trace.join(" → ");
}

function told({ outcome }: Evening): string {
  return "error" in outcome ? `threw ${show(outcome.error)}` : `answered ${show(outcome.answer)}`;
}

function lie({ outcome }: Evening): string {
  return "error" in outcome
    ? "Callers can no longer tell what went wrong."
    : "A middleware turned the error into an answer: the page says “reserved”.";
}

function untruth(log: readonly string[], end: string): string {
  if (log.length === 0) return "Who tries what is not allowed leaves no trace.";
  if (log.length > 1)
    return "It logs each try, and nobody can tell how often something was asked for.";
  return end === "failed"
    ? "The line was written before anybody knew: next() gives a promise."
    : "It looks like a failure that nobody had.";
}
