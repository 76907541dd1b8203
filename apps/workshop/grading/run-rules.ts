import { CaseError, reseed } from "./for-all.ts";
import { onMatrix } from "./property-rules.ts";
import { Red } from "./red.ts";
import type { Progress, RawResult, RedReport } from "./report.ts";
import { closeAll, rules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { show } from "./show.ts";

/** Runs all rules of the exercise whose tests were loaded, once under each seed, and tells how each ended. */
export async function runRules(
  seeds: readonly number[],
  tell: (progress: Progress) => void,
): Promise<void> {
  for (const seed of seeds) {
    reseed(seed);
    onMatrix((matrix) => tell({ type: "matrix", matrix, seed }));
    for (const rule of rules()) {
      const { title, timeLimitMs } = rule;
      tell({ type: "begin", rule: title, seed, ...(timeLimitMs && { timeLimitMs }) });
      tell({ type: "end", seed, result: await prove(rule, seed) });
    }
  }
  await closeAll();
}

async function prove(rule: Rule, seed: number): Promise<RawResult> {
  const { title, why, at, body } = rule;
  if (typeof body !== "function") {
    const { file, observed, expected, given, consequence } = body;
    const otherwise: RawResult["otherwise"] = {
      kind: "types",
      observed,
      expected,
      why,
      ...(given && { given }),
      ...(consequence && { consequence }),
    };
    return { rule: title, at, typeTest: file, otherwise };
  }
  try {
    await body();
    return { rule: title, at };
  } catch (error) {
    return { rule: title, at, ...failureOf(error, { why, seed }) };
  }
}

function failureOf(
  caught: unknown,
  circumstances: Pick<RedReport, "why" | "seed">,
): Pick<RawResult, "red" | "stack"> {
  if (caught instanceof Red) {
    return { red: { kind: "rule", ...caught.finding, ...circumstances } };
  }
  const [error, given] = caught instanceof CaseError ? [caught.cause, caught.given] : [caught];
  return {
    red: {
      kind: "error",
      observed: `threw ${show(error)}`,
      ...(given !== undefined && { given }),
      ...circumstances,
    },
    stack: error instanceof Error ? (error.stack ?? "") : "",
  };
}
