import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HOUSE } from "./architecture.ts";
import { published } from "./tarballs.ts";
import { weigh } from "./weigh.ts";
import type { Workspace } from "./workspaces.ts";
import { root } from "./workspaces.ts";

// What importing all of an entry point costs a page stands in the README of its package. That is the budget, too: it goes
// down freely, and up only with a reason.

interface Entry {
  readonly name: string;
  readonly workspace: Workspace;
  /** What the README says; kilobytes of 1,000 bytes, `NaN` when it says nothing. */
  readonly said: number;
}

const entries = published.flatMap(entriesOf);

describe("the size that a README tells", () => {
  test.each(entries)("of $name, $said kB, is true", async ({ name, workspace, said }) => {
    expect(flawOf(said, await weighEntry(name, workspace))).toBeUndefined();
  });

  test.each([
    [2.4, 2_401],
    [2.4, 1_700],
    [0.1, 20],
    [Number.NaN, 2_400],
  ])("is not %s kB when it is %i bytes", (said, bytes) => {
    expect(flawOf(said, bytes)).toContain(`${bytes} bytes`);
  });

  test("is told for every entry point, and for nothing else", () => {
    expect(entries.length).toBeGreaterThan(published.length);
    for (const workspace of published) {
      const names = entries.filter((entry) => entry.workspace === workspace);
      expect([...sizesIn(workspace).keys()].sort()).toEqual(names.map(({ name }) => name).sort());
    }
  });
});

describe("a bundle", () => {
  test("leaves out the buses that a page does not import", async () => {
    const all = await weigh(`export * from "@counterpoint/bus";`);
    const one = await weigh(`export { QueryBus } from "@counterpoint/bus";`);
    expect(one).toBeGreaterThan(100);
    expect(one).toBeLessThan(all * 0.9);
  });

  test("weighs what is imported", async () => {
    const text = Array.from({ length: 500 }, (_, index) => (index * 7919).toString(36)).join();
    expect(await weigh(`export const text = "${text}";`)).toBeGreaterThan(1_000);
  });
});

/** Budgets are close: what is said may be a fifth more than what is, and never less. */
function flawOf(said: number, bytes: number): string | undefined {
  const isEmpty = bytes <= 100; // an empty bundle weighs 20
  if (!isEmpty && bytes <= said * 1_000 && bytes > said * 800 - 100) return undefined;
  return `It weighs ${bytes} bytes: make it smaller, or correct the section Size of its README.`;
}

function entriesOf(workspace: Workspace): Entry[] {
  const sizes = sizesIn(workspace);
  return Object.keys(workspace.manifest.exports ?? {})
    .filter((path) => path !== "./package.json")
    .map((path) => workspace.manifest.name + path.slice(1))
    .map((name) => ({ name, workspace, said: sizes.get(name) ?? Number.NaN }));
}

/** Reads the rows of the section Size: an entry point, and how many kilobytes it weighs. */
function sizesIn({ folder }: Workspace): Map<string, number> {
  const readme = readFileSync(join(root, folder, "README.md"), "utf8");
  const [, section = ""] = /^## Size\n([^]*?)(?=^## |$(?![^]))/m.exec(readme) ?? [];
  const rows = section.matchAll(/^\| `([^`]+)` +\| +([0-9.]+) kB \|$/gm);
  return new Map([...rows].map(([, name = "", size]) => [name, Number(size)]));
}

function weighEntry(name: string, { folder, manifest }: Workspace): Promise<number> {
  const room = HOUSE[folder.slice("packages/".length)];
  return weigh(`export * from "${name}";`, {
    external: Object.keys(manifest.peerDependencies ?? {}), // they belong to the application
    platform: room?.portable ? "browser" : "node",
  });
}
