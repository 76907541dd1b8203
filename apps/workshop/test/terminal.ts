import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A terminal without a screen: takes keys, and remembers the frames that were drawn. */
export class FakeTerminal {
  readonly stdin: PassThrough & { isTTY: true; setRawMode: (on: boolean) => void };
  readonly stdout: Writable & { isTTY: true; columns: number; rows: number };
  /** Everything that was written, in order. */
  written = "";
  rawMode = false;
  readonly #changes = new EventEmitter();

  constructor(columns = 80, rows = 40) {
    this.stdin = Object.assign(new PassThrough(), {
      isTTY: true as const,
      setRawMode: (on: boolean): void => {
        this.rawMode = on;
      },
    });
    const write = (chunk: Buffer, _: string, done: () => void): void => {
      this.written += chunk.toString("utf8");
      done();
      this.#changes.emit("change");
    };
    this.stdout = Object.assign(new Writable({ write }), { isTTY: true as const, columns, rows });
  }

  /** What the screen shows now, without colours. */
  get frame(): string {
    return this.frames.at(-1) ?? "";
  }

  get frames(): readonly string[] {
    return this.written.split("\u001B[H").slice(1).map(plain);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.stdin.write(key);
      await nextTurn();
    }
  }

  /** Waits until the screen shows a text. The test's own time limit ends the waiting. */
  shows(text: string): Promise<string> {
    return this.until((frame) => frame.includes(text));
  }

  async until(holds: (frame: string) => boolean): Promise<string> {
    while (!holds(this.frame)) {
      await new Promise((resolve) => this.#changes.once("change", resolve));
    }
    return this.frame;
  }
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours and movements are control characters
  return text.replaceAll(/\u001B\[[?0-9;]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
}
