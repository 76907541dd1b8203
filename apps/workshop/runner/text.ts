import { createColors } from "picocolors";

export type Colors = ReturnType<typeof createColors>;

/** Makes colours, or functions that leave texts as they are. */
export function colorsOf(enabled: boolean): Colors {
  return createColors(enabled);
}

const HARD_SPACE = "\u00A0";

/** Keeps `wrap` from breaking within a text. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", HARD_SPACE);
}

/**
 * Breaks a text into lines of at most `width` columns, at spaces; what has none is cut.
 *
 * @param indent - Put before every line.
 * @param columnsOf - How wide a word is shown. Default: its length.
 */
export function wrap(
  text: string,
  width: number,
  indent = "",
  columnsOf: (word: string) => number = (word) => word.length,
): string[] {
  const room = Math.max(10, width - indent.length);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    let columns = 0;
    for (const held of paragraph.split(/ +/)) {
      let word = held.replaceAll(HARD_SPACE, " ");
      if (line !== "" && columns + 1 + columnsOf(word) > room) {
        lines.push(indent + line);
        line = "";
      }
      for (; columnsOf(word) > room; word = word.slice(room)) {
        lines.push(indent + word.slice(0, room));
      }
      columns = line === "" ? columnsOf(word) : columns + 1 + columnsOf(word);
      line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(indent + line);
  }
  return lines;
}

const EMPHASIS = /(\*{1,2}|(?<!\w)_)(\S(?:.*?\S)?)\1(?!\w)/g;
const LINK = /\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Lays Markdown out for a terminal: headings, lists, code, paragraphs; links as `text (target)`. */
export function layOut(markdown: string, width: number, colors: Colors): string[] {
  const lines: string[] = [];
  let paragraph: { text: string; first: string; rest: string } | undefined;
  let fenced = false;
  let afterHeading = false;
  const flush = (): void => {
    if (!paragraph) return;
    const { text, first, rest } = paragraph;
    const plain = text
      .replaceAll(LINK, "$1 ($2)")
      .split(/(`[^`]+`)/)
      .map((part) => (part.startsWith("`") ? unbroken(part) : part.replaceAll(EMPHASIS, "$2")))
      .join("");
    const wrapped = wrap(plain, width, rest, (word) => word.replaceAll("`", "").length);
    lines.push(
      ...wrapped.map((line, index) => {
        const full = index === 0 ? first + line.slice(rest.length) : line;
        return full.replaceAll(/`([^`]+)`/g, (_, code: string) => colors.cyan(code));
      }),
    );
    paragraph = undefined;
  };
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) {
      flush();
      fenced = !fenced;
    } else if (fenced) lines.push(colors.cyan(`    ${line}`));
    else {
      const heading = /^#+ (.*)$/.exec(line);
      const item = /^(\s*)([-*]|\d+\.) (.*)$/.exec(line);
      if (heading?.[1]) {
        flush();
        lines.push(colors.bold(heading[1]));
        afterHeading = true;
        continue;
      } else if (item) {
        flush();
        const [, indent = "", mark = "", text = ""] = item;
        const first = `${indent}  ${mark === "*" ? "-" : mark} `;
        paragraph = { text, first, rest: " ".repeat(first.length) };
      } else if (line.trim() === "") {
        flush();
        if (!afterHeading) lines.push("");
      } else if (paragraph) paragraph.text += ` ${line.trim()}`;
      else paragraph = { text: line.trim(), first: "", rest: "" };
    }
    afterHeading = false;
  }
  flush();
  return lines;
}

/** Colours a unified diff. */
export function paintDiff(patch: string, colors: Colors): string[] {
  return patch.split("\n").map((line) => {
    if (line.startsWith("+++") || line.startsWith("---")) return colors.bold(line);
    if (line.startsWith("@@")) return colors.dim(line);
    if (line.startsWith("+")) return colors.green(line);
    return line.startsWith("-") ? colors.red(line) : line;
  });
}
