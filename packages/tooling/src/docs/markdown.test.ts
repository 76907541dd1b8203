import { describe, expect, test } from "vitest";
import { anchorOf, githubAnchorOf, parsePage } from "./markdown.ts";

describe("a page", () => {
  test("has blocks, each with its language, its marks and its line", () => {
    const { blocks } = parsePage(
      "x.md",
      "# X\n\n```ts [bus.ts] add\nlet a = 1;\n```\n\n~~~sh\nls\n~~~\n",
    );
    expect(blocks).toEqual([
      { language: "ts", marks: ["[bus.ts]", "add"], line: 4, code: "let a = 1;\n", hidden: false },
      { language: "sh", marks: [], line: 8, code: "ls\n", hidden: false },
    ]);
  });

  test("may have blocks in lists, and blocks that show blocks", () => {
    const { blocks } = parsePage(
      "x.md",
      "1. First\n\n   ```ts\n   f({\n     a,\n   });\n   ```\n\n````text\n```ts\n```\n````\n",
    );
    expect(blocks.map(({ code }) => code)).toEqual(["f({\n  a,\n});\n", "```ts\n```\n"]);
  });

  test("hides a set-up in a comment, and reads nothing in other comments", () => {
    const { blocks, links } = parsePage(
      "x.md",
      "<!-- setup\nlet a = 1;\n-->\n<!-- [x](gone.md) -->\n",
    );
    expect(blocks).toEqual([
      { language: "ts", marks: [], line: 2, code: "let a = 1;\n", hidden: true },
    ]);
    expect(links).toEqual([]);
  });

  test.each([
    ["a link", "see [the page](../a.md#b)", "../a.md#b"],
    ["a link with a title", 'see [the page](a.md "A")', "a.md"],
    ["an image", "![picture](a.png)", "a.png"],
    ["a picture in a link", "[![picture](a.png)](b.md)", "a.png b.md"],
    ["a definition", "[page]: a.md", "a.md"],
    ["code that is included", "<<< ../a.ts{1,3}", "../a.ts"],
    ["HTML", '<img src="a.png" alt="" />', "a.png"],
    ["the matter at its top", "    link: /guides/validate", "/guides/validate"],
    ["code", "`[a](b.md)`", ""],
  ])("leads on by %s", (_kind, line, targets) => {
    expect(
      parsePage("x.md", line)
        .links.map(({ target }) => target)
        .sort()
        .join(" "),
    ).toBe(targets);
  });

  test("knows the text in backticks, and its line", () => {
    expect(parsePage("x.md", "\nSee `docs/adr` and ``a`b``.").spans).toEqual([
      { text: "docs/adr", line: 2 },
      { text: "a`b", line: 2 },
    ]);
  });
});

test.each([
  ["Reading one's writes", "reading-one-s-writes", "reading-ones-writes"],
  ["`POST /users`", "post-users", "post-users"],
  ["2. Add a *query*", "_2-add-a-query", "2-add-a-query"],
  ["SQL: the `events` table", "sql-the-events-table", "sql-the-events-table"],
  ["`dead_letters`, _later_", "dead-letters-later", "dead_letters-later"],
  ["Zähler", "zahler", "zähler"],
])("the heading %s has the anchor of the site, and that of GitHub", (heading, site, github) => {
  expect(anchorOf(heading)).toBe(site);
  expect(githubAnchorOf(heading)).toBe(github);
});
