import type { MarkdownRenderer } from "vitepress";

/** Shows the name that a code block bears (```` ```ts [bus.ts] ````) above it, as groups of code do. */
export function codeTitles(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules;
  if (fence === undefined) throw new Error("This markdown has no rule for code blocks.");
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const name = /\[([^\]]+)\]/.exec(tokens[index]?.info ?? "")?.[1]; // VitePress takes it away
    const rendered = fence(tokens, index, options, env, self);
    if (name === undefined) return rendered;
    return `<div class="titled-code"><p class="code-title">${md.utils.escapeHtml(name)}</p>${rendered}</div>`;
  };
}
