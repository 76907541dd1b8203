import { format, inspect } from "node:util";

/** What one example did. */
export interface Recording {
  /** By number of the claim: what it came to, each time. */
  readonly claims: Readonly<Record<number, readonly string[]>>;
  /** By number of the block: what it printed. */
  readonly printed: Readonly<Record<number, readonly string[]>>;
  /** By number of the claim: the block whose output it claims. */
  readonly outputs: Readonly<Record<number, number>>;
}

/** Records what an instrumented example does; its calls are written by `claims.ts`. */
export class Recorder implements Recording {
  readonly claims: Record<number, string[]> = {};
  readonly printed: Record<number, string[]> = {};
  readonly outputs: Record<number, number> = {};
  #block = 0;

  block(index: number): void {
    this.#block = index;
  }

  output(claim: number, block: number): void {
    this.outputs[claim] = block;
  }

  value<T>(claim: number, value: T): T {
    this.#came(claim, inspect(value, { depth: 10, breakLength: Infinity, compact: 100 }));
    return value;
  }

  async throws(claim: number, attempt: () => unknown): Promise<void> {
    try {
      await attempt();
      this.#came(claim, "(nothing was thrown)");
    } catch (error) {
      this.#came(claim, String(error));
    }
  }

  print(claim: number): (...values: readonly unknown[]) => void {
    return (...values) => {
      this.#came(claim, format(...values));
      this.say(format(...values));
    };
  }

  say(text: string): void {
    (this.printed[this.#block] ??= []).push(text);
  }

  #came(claim: number, text: string): void {
    (this.claims[claim] ??= []).push(text);
  }
}
