/** What a terminal shows, and in which words. */
export interface Picture {
  readonly title: string;
  /** Lines with the colours of a terminal (SGR sequences), and no other control characters. */
  readonly lines: readonly string[];
  readonly columns: number;
}

const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const HEAD = 34;

/** A dark terminal on any page; each colour has a contrast of 7 : 1 or more, but the dimmed one (5 : 1). */
const PAPER = "#0d1117";
const COLOURS: Readonly<Record<number, string>> = {
  31: "#ff9d94",
  32: "#7ed3a0",
  33: "#ffb65c",
  36: "#7ab8ff",
};
const INK = "#e9eef4";
const DIM = "#8a97a8";

interface Style {
  readonly colour?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

interface Run {
  readonly text: string;
  readonly column: number;
  readonly style: Style;
}

/** Draws a terminal as an SVG document; its description holds the whole text. */
export function terminalSvg({ title, lines, columns }: Picture): string {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = HEAD + lines.length * CELL.height + MARGIN;
  const runs = lines.map(runsOf);
  const text = runs
    .map((line) =>
      line
        .map((run) => run.text)
        .join("")
        .trimEnd(),
    )
    .join("\n");
  const rows = runs.flatMap((line, row) => {
    const y = HEAD + row * CELL.height + 14;
    return line.flatMap(wordsOf).map((run) => element(run, y));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">${escapeXml(title)}</title>
<desc id="desc">${escapeXml(text)}</desc>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="${PAPER}" stroke="#2d3642"/>
<g fill="#2d3642"><circle cx="20" cy="17" r="5"/><circle cx="37" cy="17" r="5"/><circle cx="54" cy="17" r="5"/></g>
<g font-family="ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="14" fill="${INK}">
${rows.join("\n")}
</g>
</svg>
`;
}

// oxlint-disable-next-line no-control-regex -- colours are control characters
const SGR = /\u001B\[([0-9;]*)m/g;

function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  let style: Style = {};
  let column = 0;
  line.split(SGR).forEach((part, index) => {
    if (index % 2 === 1) {
      for (const code of part.split(";")) style = styled(style, Number(code));
    } else if (part !== "") {
      runs.push({ text: part, column, style });
      column += Array.from(part).length;
    }
  });
  return runs;
}

function styled(style: Style, code: number): Style {
  const { colour: _, ...plain } = style;
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return plain;
  if (COLOURS[code] === undefined) throw new RangeError(`There is no colour for SGR ${code}.`);
  return { ...style, colour: code };
}

/** Wide gaps are left out: what stands behind them keeps its column with any font. */
function wordsOf({ text, column, style }: Run): readonly Run[] {
  return Array.from(text.matchAll(/\S+(?: \S+)*/g), (match) => ({
    text: match[0],
    column: column + Array.from(text.slice(0, match.index)).length,
    style,
  }));
}

function element({ text, column, style }: Run, y: number): string {
  const x = (MARGIN + column * CELL.width).toFixed(1);
  const length = (Array.from(text).length * CELL.width).toFixed(1);
  const colour = style.colour === undefined ? (style.dim ? DIM : undefined) : COLOURS[style.colour];
  const look = `${colour === undefined ? "" : ` fill="${colour}"`}${style.bold ? ' font-weight="700"' : ""}`;
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look}>${escapeXml(text)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
