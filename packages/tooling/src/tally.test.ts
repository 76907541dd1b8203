import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "./run.ts";
import { namesOf, sumOf, tableOf, textOf } from "./tally.ts";
import type { SuiteTally, Tally } from "./tally.ts";
import { root } from "./workspaces.ts";

describe("the tally reporter", () => {
  const cache = join(root, "packages/tooling/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "tally-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("counts tests, files that do not load and errors outside of tests", async () => {
    write("vitest.config.js", [
      `import preset from "@counterpoint/tooling/vitest";`,
      `export default { ...preset, root: ${JSON.stringify(folder)} };`,
    ]);
    write("a.test.ts", [
      `import { test } from "vitest";`,
      `test("passes", () => {});`,
      `test("passes too", () => {});`,
      `test("fails", () => { throw new Error("no"); });`,
      `test("is left out", (context) => context.skip());`,
    ]);
    write("b.test.ts", [`throw new Error("does not load");`]);
    write("c.test.ts", [
      `import { test } from "vitest";`,
      `let tries = 0;`,
      `test("passes at the second try", { retry: 1 }, () => { if (++tries < 2) throw new Error("not yet"); });`,
      `test("leaves a rejection behind", () => { void Promise.reject(new Error("late")); });`,
    ]);
    const { ok } = await run(["vitest", "run"], { cwd: folder });
    expect(ok).toBe(false);
    const tally: unknown = JSON.parse(readFileSync(join(folder, ".cache/tests.json"), "utf8"));
    expect(tally).toEqual({
      passed: 4,
      failed: 3,
      skipped: 1,
      failures: ["a.test.ts > fails: no", "b.test.ts: does not load", "outside of the tests: late"],
      flaky: ["c.test.ts > passes at the second try"],
    });
  });

  function write(name: string, lines: readonly string[]): void {
    writeFileSync(join(folder, name), lines.join("\n"));
  }
});

describe("the sum", () => {
  test("adds up", () => {
    const tally = suite({ passed: 2, failed: 1, skipped: 3 });
    const sum = sumOf([
      { suite: "a", tally },
      { suite: "b", tally },
    ]);
    expect(sum).toEqual({ passed: 4, failed: 2, skipped: 6 });
  });

  test.each([
    ["left no result", undefined],
    ["ran no test", suite({ passed: 0, failed: 0, skipped: 2 })],
  ])("counts a suite that %s as a failure", (_what, tally) => {
    expect(sumOf([{ suite: "a", tally }]).failed).toBe(1);
  });
});

describe("the table", () => {
  test("names what did not finish", () => {
    const suites = [
      { suite: "packages/bus", tally: suite({ passed: 5, failed: 0, skipped: 1 }) },
      { suite: "apps/demo", tally: undefined },
    ];
    expect(tableOf(suites)).toBe(
      "  packages/bus  5 passed, 1 skipped\n  apps/demo     did not finish",
    );
  });

  test("is followed by the names of what failed and of what needed a second try", () => {
    const tally = {
      ...suite({ passed: 5, failed: 1, skipped: 0 }),
      failures: ["a: no"],
      flaky: ["b"],
    };
    expect(
      namesOf([
        { suite: "apps/demo", tally },
        { suite: "docs", tally: undefined },
      ]),
    ).toBe("✗ apps/demo: a: no\n! apps/demo: passed at the second try: b");
  });

  test("names failures only when there are some", () => {
    expect(textOf({ passed: 1, failed: 0, skipped: 0 })).toBe("1 passed");
    expect(textOf({ passed: 1, failed: 2, skipped: 0 })).toBe("1 passed, 2 failed");
  });
});

function suite(tally: Tally): SuiteTally {
  return { ...tally, failures: [], flaky: [] };
}
