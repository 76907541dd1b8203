import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { readManifest, root } from "./workspaces.ts";

/**
 * What importing all of an entry point may cost a page: bytes, bundled and minified by esbuild, then gzipped.
 * A budget goes down freely and up only with a reason.
 */
const BUDGET: Readonly<Record<string, number>> = {
  "@counterpoint/bus": 2_400,
  "@counterpoint/bus/authorize": 1_000,
  "@counterpoint/bus/cache": 1_600, // 0.5 kB of it makes canonical keys
  "@counterpoint/bus/idempotency": 2_000, // canonical keys here too, and the check that a result is JSON
  "@counterpoint/bus/limit": 1_000,
  "@counterpoint/bus/logging": 1_000,
  "@counterpoint/bus/metrics": 1_000,
  "@counterpoint/bus/retry": 1_000,
  "@counterpoint/bus/timeout": 1_000,
  "@counterpoint/bus/tracing": 1_000,
  "@counterpoint/bus/validate": 1_000,
};

/** Optional peers, which belong to the application. */
const PEERS = ["@opentelemetry/api"];

describe("the size budget", () => {
  test.each(Object.entries(BUDGET))("keeps %s below %i bytes", async (entry, budget) => {
    const bytes = await weigh(`export * from "${entry}";`);
    expect(bytes).toBeGreaterThan(100); // an empty bundle weighs 20
    expect(bytes).toBeLessThanOrEqual(budget);
  });

  test("names every entry point of the bus", () => {
    const exported = Object.keys(readManifest(`${root}packages/bus`).exports ?? {})
      .filter((path) => path !== "./package.json")
      .map((path) => `@counterpoint/bus${path.slice(1)}`);
    expect(exported.sort()).toEqual(Object.keys(BUDGET).sort());
  });

  test("lets a page that imports one bus leave the others out", async () => {
    const all = await weigh(`export * from "@counterpoint/bus";`);
    const one = await weigh(`export { QueryBus } from "@counterpoint/bus";`);
    expect(one).toBeGreaterThan(100);
    expect(one).toBeLessThan(all * 0.9);
  });

  test("counts what is imported", async () => {
    const text = Array.from({ length: 500 }, (_, index) => (index * 7919).toString(36)).join();
    expect(await weigh(`export const text = "${text}";`)).toBeGreaterThan(1_000);
  });
});

async function weigh(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${root}packages/tooling` },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@counterpoint/source"],
    external: PEERS,
  });
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0);
}
