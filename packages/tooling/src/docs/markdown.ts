/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  /** What stands behind the language: `standalone`, `[bus.ts]`, `add`. */
  readonly marks: readonly string[];
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Hidden from readers: an HTML comment that begins with `setup`. */
  readonly hidden: boolean;
}

/** Something that leads elsewhere. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** Text between single backticks. */
export interface CodeSpan {
  readonly text: string;
  readonly line: number;
}

/** A page of Markdown, taken apart as far as the checks need it. */
export interface Page {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
  readonly headings: readonly string[];
  readonly links: readonly Link[];
  readonly spans: readonly CodeSpan[];
  /** Explicit anchors: `<a id="x">`, `## Title {#x}`. */
  readonly ids: readonly string[];
}

/** Takes a page apart, line by line. Lists and quotes may indent what they hold. */
export function parsePage(path: string, text: string): Page {
  const blocks: CodeBlock[] = [];
  const headings: string[] = [];
  const links: Link[] = [];
  const spans: CodeSpan[] = [];
  const ids: string[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const fence = /^(?<indent>[\s>]*)(?<marks>`{3,}|~{3,})(?<info>.*)$/.exec(line)?.groups;
    if (fence) {
      const end = endOf(lines, index + 1, fence["marks"] ?? "");
      blocks.push(blockOf(lines.slice(index + 1, end), index + 2, fence));
      index = end;
      continue;
    }
    const opening = /^<!--\s*setup\s*$/.test(line);
    if (opening || line.startsWith("<!--")) {
      const end = commentEnd(lines, index);
      if (opening) blocks.push(hiddenBlock(lines.slice(index + 1, end), index + 2));
      index = end;
      continue;
    }
    const number = index + 1;
    const heading = /^#{1,6}\s+(.+?)\s*#*\s*$/.exec(line)?.[1];
    if (heading !== undefined) headings.push(heading);
    const bare = line.replace(/(`+)(.+?)\1/g, (_match, _ticks, code: string) => {
      spans.push({ text: code.trim(), line: number });
      return "``";
    });
    links.push(...targetsIn(bare).map((target) => ({ target, line: number })));
    for (const [, id] of line.matchAll(/\sid="([^"]+)"|\{#([\w-]+)\}/g)) if (id) ids.push(id);
    for (const [, id] of line.matchAll(/\{#([\w-]+)\}/g)) if (id) ids.push(id);
  }
  return { path, blocks, headings, links, spans, ids };
}

/** The anchor that VitePress gives a heading. */
export function anchorOf(heading: string): string {
  const explicit = /\{#([\w-]+)\}/.exec(heading)?.[1];
  if (explicit !== undefined) return explicit;
  return plain(heading)
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, "-")
    .replace(/-{2,}/g, "-")
    .replace(/^-+|-+$/g, "")
    .replace(/^(\d)/, "_$1")
    .toLowerCase();
}

/** The anchor that GitHub and npm give a heading. */
export function githubAnchorOf(heading: string): string {
  return plain(heading)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

function plain(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*{1,2}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)/g, "")
    .replaceAll("`", "");
}

function endOf(lines: readonly string[], from: number, marks: string): number {
  const closing = new RegExp(`^[\\s>]*\\${marks[0] ?? "`"}{${marks.length},}\\s*$`);
  const end = lines.findIndex((line, index) => index >= from && closing.test(line));
  return end < 0 ? lines.length : end;
}

function commentEnd(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, index) => index >= from && line.includes("-->"));
  return end < 0 ? lines.length : end;
}

function blockOf(
  code: readonly string[],
  line: number,
  fence: Readonly<Record<string, string | undefined>>,
): CodeBlock {
  const indent = fence["indent"] ?? "";
  const [language = "", ...marks] = (fence["info"] ?? "").trim().split(/\s+/);
  const outdented = code.map((each) =>
    each.startsWith(indent) ? each.slice(indent.length) : each.trimStart(),
  );
  return { language, marks, line, code: `${outdented.join("\n")}\n`, hidden: false };
}

function hiddenBlock(code: readonly string[], line: number): CodeBlock {
  return { language: "ts", marks: [], line, code: `${code.join("\n")}\n`, hidden: true };
}

/** Links, images, definitions of references, code that is included, and those in HTML and in the matter at the top. */
function targetsIn(line: string): string[] {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*<?([^\s>]+)>?/g,
    /\s(?:href|src|srcset)="([^"\s]+)"/g,
    /^<<<\s+([^\s{[]+)/g,
    /^\s*(?:-\s+)?link:\s*(\S+)\s*$/g,
  ];
  return patterns.flatMap((pattern) =>
    [...line.matchAll(pattern)].map(([, target = ""]) => target),
  );
}
