import { expect, test } from "vitest";
import { checkLinks } from "./links.ts";
import { parsePage } from "./markdown.ts";

const other = parsePage(
  "docs/adr/README.md",
  "# Decisions\n\n## Reading one's writes\n\n## Twice\n\n## Twice\n",
);

test.each([
  ["a page", "[x](adr/README.md)"],
  ["a page of the site", "[x](/adr/)"],
  ["a page of the site without its ending", "[x](/reference/benchmarks)"],
  ["a page that the build makes", "[x](/reference/api/@counterpoint/bus)"],
  ["an anchor", "[x](adr/README.md#reading-one-s-writes)"],
  ["the second anchor of a name", "[x](adr/README.md#twice-1)"],
  ["an anchor of the same page", "# Here\n\n[x](#here)"],
  ["a folder outside of the site", "[x](../packages/bus)"],
  ["another site", "[x](https://example.org/a#b)"],
  ["a picture", "![x](images/demo-dark.png)"],
  ["a named path", "`packages/bus/src`"],
  ["named paths", "`packages/{bus,events}/src/*.test.ts`"],
  ["a script", "`npm run demo -- --help`"],
])("follows %s", (_kind, text) => {
  expect(found(text)).toEqual({ problems: [], looked: 1 });
});

test.each([
  ["a page that is not there", "[x](gone.md)", "gone.md leads nowhere."],
  ["a picture that is not there", "![x](images/gone.png)", "images/gone.png leads nowhere."],
  [
    "an anchor that is not there",
    "[x](adr/README.md#gone)",
    "there is no #gone in docs/adr/README.md.",
  ],
  [
    "an anchor in GitHub's form",
    "[x](adr/README.md#reading-ones-writes)",
    "there is no #reading-ones-writes in docs/adr/README.md.",
  ],
  ["a folder of the site without a page", "[x](images)", "images leads nowhere."],
  ["what is no address", "[x](https:///a)", "https:///a is no address."],
  ["a scheme that nobody follows", "[x](htp://example.org)", "htp://example.org is no address."],
  [
    "a named path that is not there",
    "`packages/bus/src/gone.ts`",
    "there is no packages/bus/src/gone.ts.",
  ],
  ["named paths that are not there", "`packages/*/gone.ts`", "there is no packages/*/gone.ts."],
  ["a script that is not there", "`npm run gone`", "no script gone at the top."],
  ["a script in a block", "```sh\nnpm run gone\n```", "no script gone at the top."],
])("refuses %s", (_kind, text, problem) => {
  expect(found(text).problems).toEqual([expect.stringContaining(problem)]);
  expect(found(text).problems[0]).toMatch(/^docs\/x\.md:\d: /);
});

test("takes anchors of a README as GitHub gives them", () => {
  const readme = parsePage(
    "packages/bus/README.md",
    "## Reading one's writes\n\n[x](#reading-ones-writes)",
  );
  expect(checkLinks([readme])).toEqual({ problems: [], looked: 1 });
});

function found(text: string) {
  const { problems, looked } = checkLinks([parsePage("docs/x.md", text), other]);
  return { problems, looked };
}
