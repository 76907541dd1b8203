import { forAll, red, rule, same, show, typeRule } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import { deadlineOf, holdSeat, seatsLeft } from "../exercise.ts";

const text = fc.string({ maxLength: 8 });
const deadline = fc.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("2100-01-01T00:00:00Z"),
  noInvalidDate: true,
});
const hold = fc.record({ concertId: text, seat: text, deadline });

rule(
  "The wire changes nothing",
  { why: "messages travel between processes as JSON", at: ["deadline }", "deadline"] },
  () =>
    forAll(hold, ({ concertId, seat, deadline }) => {
      const sent = holdSeat(concertId, seat, deadline);
      same(overTheWire(sent), plain(sent), {
        given: "HoldSeat → JSON → HoldSeat",
        consequence: "The handler gets another payload than the types say.",
      });
    }),
);

rule(
  "The deadline is the same moment on the other side",
  { why: "a hold that ends early or late sells one seat twice", at: ["Date {", "deadlineOf"] },
  () =>
    forAll(hold, ({ concertId, seat, deadline }) => {
      const got: unknown = deadlineOf(overTheWire(holdSeat(concertId, seat, deadline)));
      const given = `hold until ${deadline.toISOString()} → JSON → deadlineOf`;
      if (!(got instanceof Date)) {
        red({ given, observed: `a ${typeof got}: ${show(got)}`, expected: "a Date" });
      }
      if (got.getTime() === deadline.getTime()) return;
      red({
        given,
        observed: Number.isNaN(got.getTime()) ? "an invalid Date" : got.toISOString(),
        expected: deadline.toISOString(),
        consequence: lossOf(got, deadline),
      });
    }),
);

rule(
  "A question about seats survives too",
  { why: "queries travel as well", at: "seatsLeft" },
  () =>
    forAll(text, (concertId) => {
      const sent = seatsLeft(concertId);
      same(overTheWire(sent), plain(sent), { given: "SeatsLeft → JSON → SeatsLeft" });
    }),
);

typeRule("A command passes for a command, a query for a query", {
  why: "strict types are no use when the right call does not compile",
  at: "export",
  file: "right-way-round.test-d.ts",
  given: "dispatch(holdSeat(…)), ask(seatsLeft(…))",
  observed: "the compiler refuses one of them",
  expected: "both compile",
});

typeRule("A query does not pass for a command", {
  why: "on the command bus it gets the rights, retries and transaction of a write",
  at: ["seatsLeft", "export"],
  file: "wrong-way-round.test-d.ts",
  given: "dispatch(seatsLeft(…)), ask(holdSeat(…))",
  observed: "at least one of them compiles",
  expected: "two type errors",
  consequence: "It shows at run time, in production. A type name alone tells the compiler nothing.",
});

function overTheWire<T>(message: T): T {
  return JSON.parse(JSON.stringify(message)) as T; // what `JSON` does to it is the question
}

/** A copy without prototypes and `undefined`: neither is what this is about. */
function plain(message: object): unknown {
  return structuredClone({ ...message });
}

function lossOf(got: Date, sent: Date): string {
  const lostMs = sent.getTime() - got.getTime();
  if (lostMs > 0 && lostMs < 1_000) {
    return "Texts for people drop the milliseconds; toISOString() keeps them.";
  }
  if (lostMs % 60_000 === 0) return "A text without a time zone means another moment elsewhere.";
  return "The hold ends at another moment than was promised.";
}
