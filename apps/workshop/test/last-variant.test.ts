import fc from "fast-check";
import { expect, it } from "vitest";
import { propertyRules } from "../grading/property-rules.ts";
import type { Progress } from "../grading/report.ts";
import { closeAtEnd } from "../grading/rule.ts";
import { runRules } from "../grading/run-rules.ts";

interface Doubler {
  double(n: number): number;
}

let property: (make: () => Doubler) => fc.IRawProperty<readonly unknown[], boolean>;
const events: string[] = [];

propertyRules<Doubler>({
  property: (make) => property(make),
  noun: "doubler",
  uses: ["double"],
  correct: { adds: () => ({ double: (n) => n + n }), shifts: () => ({ double: (n) => n << 1 }) },
  mutants: { squares: () => ({ double: (n) => n * n }) },
  last: {
    name: "a chip with eight bits",
    rule: "The chip passes too",
    why: "it is what is sold",
    consequence: "It has eight bits.",
    async open() {
      events.push("open");
      closeAtEnd(async () => void events.push("close"));
      return () => ({ double: (n) => (n * 2) % 256 });
    },
    numRuns: 50,
    timeLimitMs: 9_000,
  },
});

const PASSES = "The chip passes too";

it("asks the last variant when everything else holds, tells of it, and closes what was opened at the end", async () => {
  const told = await run((n) => fc.property(fc.nat({ max: 100 }), n), [1, 2]);
  expect(told.flatMap((each) => (each.type === "end" ? [each.result.red] : []))).toEqual(
    Array(8).fill(undefined),
  );
  expect(
    told.flatMap((each) => (each.type === "matrix" ? [each.matrix.correct] : [])).at(-1),
  ).toEqual([
    { name: "adds", passed: true },
    { name: "shifts", passed: true },
    { name: "a chip with eight bits", passed: true },
  ]);
  expect(told.filter((each) => each.type === "begin" && each.timeLimitMs === 9_000)).toHaveLength(
    2,
  );
  expect(events).toEqual(["open", "open", "close", "close"]);
});

it("says of a property that it alone breaks that more is asked than was promised", async () => {
  const told = await run((n) => fc.property(fc.nat({ max: 1_000 }), n), [3]);
  expect(redOf(told)).toMatchObject({
    given: "with 128",
    observed: "refuses a correct doubler (a chip with eight bits)",
    consequence: "It has eight bits.",
  });
});

it("is not asked as long as a wrong variant lives", async () => {
  const told = await run((n) => fc.property(fc.constant(2), n), [4]);
  expect(redOf(told)).toMatchObject({ observed: "not asked yet" });
  expect(events).toEqual([]);
});

/**
 * A seed is judged once, as in a run: each test brings its own.
 *
 * @param ask - Makes the property from what has to hold for each number.
 */
async function run(
  ask: (holds: (n: number) => boolean) => fc.IRawProperty<readonly unknown[], boolean>,
  seeds: readonly number[],
): Promise<readonly Progress[]> {
  property = (make) => ask((n) => make().double(n) === 2 * n);
  events.length = 0;
  const told: Progress[] = [];
  await runRules(seeds, (progress) => told.push(progress));
  return told;
}

function redOf(told: readonly Progress[]) {
  const ended = told.flatMap((each) => (each.type === "end" ? [each.result] : []));
  return ended.find(({ rule }) => rule === PASSES)?.red;
}
