import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Marpit } from "@marp-team/marpit";
import type { Exercise } from "../runner/catalog.ts";
import { isStarred, readCatalog } from "../runner/catalog.ts";
import { APP, REPOSITORY } from "../runner/paths.ts";

const SLIDES = join(APP, "instructor/slides");
const SHELL = join(APP, "instructor/shell");

/** The colours of the demo, so that blue and amber are the same on the page and on the slides. */
const TOKENS = join(REPOSITORY, "apps/demo/web/src/styles/tokens.css");

/**
 * Renders all slides into one HTML document that needs nothing else.
 *
 * @throws {RangeError} When a file of slides belongs to no exercise.
 */
export function renderDeck(): string {
  const marpit = new Marpit({ markdown: { html: true }, container: false, inlineSVG: false });
  marpit.themeSet.default = marpit.themeSet.add(readFileSync(join(SLIDES, "theme.css"), "utf8"));
  marpit.use(markLines);
  const { html, css, comments } = marpit.render(markdown(), { htmlAsArray: true });
  const slides = html.map((slide, index) => {
    const notes = (comments[index] ?? []).map(escapeHtml).join("\n");
    return `<div class="slide" id="slide-${index + 1}">${slide}<aside class="notes">${notes}</aside></div>`;
  });
  const shell = readFileSync(join(SHELL, "shell.css"), "utf8");
  const script = readFileSync(join(SHELL, "shell.js"), "utf8");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Counterpoint: a workshop in CQRS</title>
<link rel="icon" href="data:,">
<style>
${readFileSync(TOKENS, "utf8")}
${css}
${shell}
</style>
</head>
<body>
<main>
${slides.join("\n")}
</main>
<script type="module">
${script}
</script>
</body>
</html>
`;
}

function markdown(): string {
  const catalog = readCatalog();
  const parts = readdirSync(SLIDES)
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => {
      const text = readFileSync(join(SLIDES, name), "utf8").trim();
      const exercise = exerciseOf(name, catalog);
      const footer = exercise ? `${exercise.step} · ${exercise.title}` : "Counterpoint";
      return `<!-- footer: "${footer}" -->\n\n${exercise ? filled(text, exercise) : text}`;
    });
  return `---\npaginate: true\n---\n\n${parts.join("\n\n---\n\n")}\n`;
}

/** `03-routing-properties.md` are the slides of an exercise; `00-welcome.md` and `99-end.md` of none. */
function exerciseOf(name: string, catalog: readonly Exercise[]): Exercise | undefined {
  const [, number, slug] = /^(\d\d)-(.+)\.md$/.exec(name) ?? [];
  if (number === "00" || number === "99") return undefined;
  const exercise = catalog.find((each) => each.slug === slug && each.step === Number(number));
  if (exercise) return exercise;
  throw new RangeError(`${name} belongs to no exercise: its name has to be the step and the slug.`);
}

function filled(text: string, exercise: Exercise): string {
  const { step, title, minutes } = exercise;
  const star = isStarred(exercise) ? " · ★ you write the test" : "";
  return text
    .replaceAll("{{step}}", `Step ${step} · ${minutes} minutes${star}`)
    .replaceAll("{{title}}", title);
}

/** Marks lines of a block of code that begins with ```` ```ts {2,3} ````. */
function markLines(md: Marpit["markdown"]): void {
  md.renderer.rules.fence = (tokens: readonly Fence[], index: number): string => {
    const { info = "", content = "" } = tokens[index] ?? {};
    const [, marked = ""] = /\{([\d,]+)\}/.exec(info) ?? [];
    const numbers = new Set(marked.split(",").map(Number));
    const lines = content.trimEnd().split("\n").map(escapeHtml);
    const html = lines.map(
      (line, at) => `<span class="line${numbers.has(at + 1) ? " here" : ""}">${line}</span>`,
    );
    return `<pre><code>${html.join("")}</code></pre>\n`;
  };
}

interface Fence {
  readonly info?: string;
  readonly content?: string;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
