import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keysOf, typed } from "../runner/keys.ts";
import { clip } from "../runner/screen.ts";
import { colorsOf, layOut, unbroken, wrap } from "../runner/text.ts";

const words = fc.array(
  fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom("a", "b", "-") }),
  {
    maxLength: 20,
  },
);

describe("wrap", () => {
  it("keeps every word, in order, within the width", () => {
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 32, max: 120 }),
        fc.nat({ max: 2 }),
        (words, width, indent) => {
          const lines = wrap(words.join(" "), width, " ".repeat(indent));
          expect(lines.every((line) => line.length <= width)).toBe(true);
          expect(lines.join(" ").split(/ +/).filter(Boolean)).toEqual(words);
        },
      ),
    );
  });

  it("measures code without its marks, which are not shown", () => {
    const text = "`abc` `def` `ghi` and `jkl`";
    expect(layOut(text, 11, colorsOf(false))).toEqual(["abc def ghi", "and jkl"]);
  });

  it("cuts what has no space", () => {
    expect(wrap("a".repeat(25), 10)).toEqual(["a".repeat(10), "a".repeat(10), "a".repeat(5)]);
  });

  it("breaks before what is to stay together", () => {
    expect(wrap(`replay this ${unbroken("(seed 812)")}`, 20)).toEqual([
      "replay this",
      "(seed 812)",
    ]);
  });
});

describe("layOut", () => {
  const plain = (markdown: string, width = 40): string[] =>
    layOut(markdown, width, colorsOf(false));

  it("lays out headings, lists, code and links for a terminal", () => {
    const markdown = [
      "## Steps",
      "",
      "1. Read [the page](docs/page.md) and take `a b` of it, which is *long* enough",
      "2. **Stop**",
      "",
      "```text",
      "# no heading",
      "```",
    ].join("\n");
    expect(plain(markdown)).toEqual([
      "Steps",
      "  1. Read the page (docs/page.md) and",
      "     take a b of it, which is long",
      "     enough",
      "  2. Stop",
      "",
      "    # no heading",
    ]);
  });
});

describe("clip", () => {
  it("leaves what fits as it is, colours included", () => {
    const { red } = colorsOf(true);
    expect(clip(red("seat"), 4)).toBe(red("seat"));
  });

  it("cuts at the column and closes the colours", () => {
    const { red } = colorsOf(true);
    expect(clip(red("seat A1"), 5)).toBe("\u001B[31mseat…\u001B[0m");
  });
});

describe("keysOf", () => {
  it("names keys that came alone, and several that came at once", () => {
    expect(keysOf("h")).toEqual(["h"]);
    expect(keysOf("\u001B")).toEqual(["escape"]);
    expect(keysOf("jj\u001B[A\u001B[6~\r?")).toEqual(["j", "j", "up", "page down", "enter", "?"]);
    expect(keysOf("\u0003")).toEqual(["quit"]);
    expect(keysOf("\u001B[C")).toEqual(["\u001B[C"]);
  });
});

describe("typed", () => {
  it("adds letters of any script, takes back whole ones, and leaves keys that write nothing", () => {
    const keys = ["A", "space", "山", "👩", "back", "up", "\u001B[C", "page down", "\u0007", "é"];
    expect(keys.reduce(typed, "")).toBe("A 山é");
  });
});
