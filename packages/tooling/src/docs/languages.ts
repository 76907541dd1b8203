import type { Page } from "./markdown.ts";

/** Checked code first; the rest is shown as it stands. */
const KNOWN = new Set([
  "ts",
  "tsx",
  "txt",
  "sh",
  "text",
  "json",
  "jsonc",
  "http",
  "sql",
  "mermaid",
  "yaml",
  "css",
  "html",
  "promql",
]);

/** Names code blocks that say no language, or one that would slip past the checks (`typescript`, `js`). */
export function checkLanguages(pages: readonly Page[]): string[] {
  return pages.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => !KNOWN.has(language))
      .map(({ language, line }) =>
        language === ""
          ? `${path}:${line - 1}: say what language this is; text, if none.`
          : `${path}:${line - 1}: write ${language} as one of ${[...KNOWN].join(", ")}.`,
      ),
  );
}
