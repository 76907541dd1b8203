/** Where the live screen is drawn. */
export type Terminal = NodeJS.WritableStream & {
  readonly columns?: number;
  readonly rows?: number;
};

const ENTER = "\u001B[?1049h\u001B[?25l";
const LEAVE = "\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
const CLEAR_LINE = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";

/** Draws whole frames in the alternate screen: nothing flickers, and what was in the terminal before is there again after. */
export class Screen {
  readonly #terminal: Terminal;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get width(): number {
    return this.#terminal.columns ?? 80;
  }

  get height(): number {
    return this.#terminal.rows ?? 24;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#terminal.write(ENTER);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.write(LEAVE);
  }

  /** Draws a frame; lines that are too long are cut. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const visible = lines.slice(0, this.height).map((line) => clip(line, this.width) + CLEAR_LINE);
    this.#terminal.write(HOME + visible.join("\r\n") + CLEAR_BELOW);
  }
}

// oxlint-disable-next-line no-control-regex -- colours are control characters
const COLOUR = /\u001B\[[0-9;]*m/y;

/** Cuts a line at a column; colours take no room, and the ones that are open are closed. */
export function clip(line: string, width: number): string {
  let shown = "";
  let columns = 0;
  for (let index = 0; index < line.length;) {
    COLOUR.lastIndex = index;
    const colour = COLOUR.exec(line);
    if (colour) {
      shown += colour[0];
      index += colour[0].length;
      continue;
    }
    const character = String.fromCodePoint(line.codePointAt(index) ?? 32);
    if (columns === width - 1 && rest(line, index + character.length) > 0) {
      return `${shown}…\u001B[0m`;
    }
    shown += character;
    columns += 1;
    index += character.length;
  }
  return shown;
}

function rest(line: string, from: number): number {
  // oxlint-disable-next-line no-control-regex -- as above
  return line.slice(from).replaceAll(/\u001B\[[0-9;]*m/g, "").length;
}
