import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { published } from "./tarballs.ts";
import { root } from "./workspaces.ts";

// A changeset that names what does not exist is noticed on the day of the release, unless it is noticed here.

const FOLDER = join(root, ".changeset");
const names = published.map(({ manifest }) => manifest.name);

/** @returns What is wrong with a changeset, one sentence each. */
function problemsOf(text: string): string[] {
  const [, head, summary = ""] = /^---\n([^]*?)\n?---\n([^]*)$/.exec(text) ?? [];
  if (head === undefined) return ["It has no head between two lines of ---."];
  const lines = head.split("\n").map((line) => /^"(.+)": (major|minor|patch)$/.exec(line));
  return [
    ...(lines.includes(null) ? ['A line is not of the form `"@counterpoint/bus": minor`.'] : []),
    ...lines
      .flatMap((line) => line?.[1] ?? [])
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is not published.`),
    ...(summary.trim() === "" ? ["It says nothing for the changelog."] : []),
  ];
}

describe("changesets", () => {
  it("name packages that are published, and say what changed", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".md"));
    const problems = files.flatMap((file) =>
      problemsOf(readFileSync(join(FOLDER, file), "utf8")).map((problem) => `${file}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  it("version all packages together, from main", () => {
    const config: unknown = JSON.parse(readFileSync(join(FOLDER, "config.json"), "utf8"));
    expect(config).toMatchObject({ fixed: [["@counterpoint/*"]], baseBranch: "main" });
  });

  it.each([
    ["no head", "Something new.\n"],
    ["another package", '---\n"@counterpoint/bux": minor\n---\n\nSomething new.\n'],
    ["a private package", '---\n"@counterpoint/tooling": minor\n---\n\nSomething new.\n'],
    ["an unknown size", '---\n"@counterpoint/bus": huge\n---\n\nSomething new.\n'],
    ["no sentence", '---\n"@counterpoint/bus": minor\n---\n\n'],
  ])("are refused with %s", (_what, text) => {
    expect(problemsOf(text)).toHaveLength(1);
  });
});
