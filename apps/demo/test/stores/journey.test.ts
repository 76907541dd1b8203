import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startDemo } from "../../server/serve.ts";
import { clientOf } from "./client.ts";
import type { Answer } from "./journey.ts";
import { JOURNEY, travel } from "./journey.ts";

const STORES = ["memory", "pglite", "postgres"] as const;

async function journeyOn(store: (typeof STORES)[number]): Promise<readonly Answer[]> {
  const demo = await startDemo(
    { port: 0, store, delayMs: 0, dataDir: undefined, databaseUrl: undefined },
    { createPage: async () => new Map() },
  );
  try {
    return await travel(clientOf(demo.url));
  } finally {
    await demo.stop();
  }
}

describe.each(STORES)("on %s", { timeout: 120_000 }, (store) => {
  it("gives people what they expect, and to the last letter what memory gives", async () => {
    const answers = await journeyOn(store);
    expect(answers).toHaveLength(JOURNEY.length);
    JOURNEY.forEach(({ does, status, answer }, index) => {
      const { status: actual, body } = answers[index]!; // as many as steps
      expect({ does, status: actual, body }).toMatchObject({
        ...{ does, status },
        ...(answer !== undefined && { body: answer }),
      });
    });
    expect(answers).toEqual(await first);
  });
});

/** On memory, to compare with: bodies and headers to the last letter. */
const first = journeyOn("memory");

it("is told by users that know nothing of stores", () => {
  const folder = new URL("../../server/users/", import.meta.url);
  const imports = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(new URL(file, folder), "utf8");
    return [...source.matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(([, name]) => name ?? "");
  });
  expect(imports).toContain("@counterpoint/write-model");
  const stores = /memory|postgres|pglite|^pg$|stores\.ts|wiring\.ts|^node:/;
  expect(imports.filter((name) => stores.test(name))).toEqual([]);
});
