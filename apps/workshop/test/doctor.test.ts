import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basics, node, watcherWorks } from "../runner/doctor.ts";
import { openInEditor } from "../runner/editor.ts";
import { temporaryFolder } from "./home.ts";
import { workshop, workshopJson } from "./session.ts";

describe("doctor", () => {
  it("finds everything in order here, and has graded a solution to say so", async () => {
    const { code, json } = await workshopJson(temporaryFolder(), ["doctor"]);
    expect(json["findings"]).toMatchObject(
      ["Node", "installation", "folders", "watcher", "grader"].map((name) => ({ name, ok: true })),
    );
    expect(code).toBe(0);
  });

  it("sees changes by polling too", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".workshop"));
    expect(await watcherWorks({ home, poll: true })).toBe(true);
  });

  it.each([
    ["20.19.0", true],
    ["20.18.9", false],
    ["18.20.0", false],
    ["21.0.0", true],
    ["24.1.0", true],
  ])("finds Node %s in order: %s", (version, ok) => {
    expect(node(version).ok).toBe(ok);
  });

  it("says which folder cannot be written to, and ends with 1", async () => {
    const file = join(temporaryFolder(), "a-file");
    writeFileSync(file, "");
    expect(basics(file)).toContainEqual({
      name: "folders",
      ok: false,
      text: expect.stringContaining(`cannot write to ${join(file, ".workshop")}`),
    });
    const { code, out } = await workshop(file, ["doctor"]);
    expect(code).toBe(1);
    expect(out).toContain("✗ folders");
  });
});

describe("an editor", () => {
  const place = { file: "messages.ts", line: 5 };

  it("is started with the file and the line, and waited for", async () => {
    const folder = temporaryFolder();
    const script = join(folder, "editor.mjs");
    const out = join(folder, "arguments.json");
    writeFileSync(
      script,
      `import { writeFileSync } from "node:fs";
       writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.argv.slice(2)));`,
    );
    const env = { EDITOR: `${process.execPath} ${script}` };
    expect(await openInEditor({ env, folder, ...place })).toBeUndefined();
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(["+5", join(folder, "messages.ts")]);
  });

  it("that is not there is named", async () => {
    const env = { EDITOR: "no-such-editor-anywhere" };
    expect(await openInEditor({ env, folder: "/", ...place })).toContain("did not start");
  });
});
