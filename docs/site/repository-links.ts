import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

const REPOSITORY = "https://github.com/counterpoint/counterpoint/blob/main";

/**
 * Lets pages link as files do, so that they work in the repository too: what leaves `docs/` leads to the repository, and
 * a `README.md` is the page of its folder.
 */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push("repository_links", ({ tokens, env }) => {
    const page = pageOf(env);
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        if (href !== null) token.attrSet("href", published(href, page));
      }
    }
  });
}

/** @param page - Relative to `docs/`, with forward slashes. */
function published(href: string, page: string): string {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return href;
  const target = posix.join(posix.dirname(page), href);
  if (target.startsWith("../")) return `${REPOSITORY}/${target.slice(3)}`;
  return href.replace(/README\.md(?=#|$)/, "index.md");
}

function pageOf(env: unknown): string {
  const { relativePath } = env as { readonly relativePath?: string }; // VitePress says which page it renders
  return relativePath ?? "index.md";
}
