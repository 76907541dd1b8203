import type { CommandMessage } from "@counterpoint/bus";
import { command, type } from "@counterpoint/bus";
import { ConcurrencyError } from "@counterpoint/events";
import type { Database } from "../exercise.ts";
import { createBoxOffice } from "../exercise.ts";

/** How one try goes. */
export type Try = "ok" | "conflict" | "conflict at commit" | "broken";

export interface Evening {
  /** What the handler answered, or what was thrown. */
  readonly outcome: { readonly answer: unknown } | { readonly error: unknown };
  /** What happened in the database, in order: `begin`, `reserve`, `conflict`, `commit`, `rollback`. */
  readonly trace: readonly string[];
  readonly log: readonly string[];
}

export const BROKEN: Error = new Error("the printer is on fire");

const ReserveSeat = command("ReserveSeat", {
  payload: type<{ seat: string }>(),
  result: type<string>(),
});

/**
 * Has one command handled, and watches the database.
 *
 * @param tries - How each try goes; the last one is repeated.
 */
export async function reserve(tries: readonly Try[], isAllowed = true): Promise<Evening> {
  const trace: string[] = [];
  const log: string[] = [];
  const left = [...tries];
  let current: Transaction | undefined;

  const database: Database = {
    async begin() {
      trace.push("begin");
      current = new Transaction(trace, () => {
        current = undefined;
      });
      return current;
    },
  };
  const bus = createBoxOffice({ database, policy: () => isAllowed, log: (line) => log.push(line) });
  bus.register(ReserveSeat, async ({ seat }) => {
    trace.push("reserve");
    if (!current) return `${seat} without a transaction`;
    current.reserve((left.length > 1 ? left.shift() : left[0]) ?? "ok");
    return `${seat} is yours`;
  });

  const message: CommandMessage = ReserveSeat({ seat: "A1" });
  try {
    const answer: unknown = await bus.dispatch(message as never); // the bus's type does not know what was registered here
    return { outcome: { answer }, trace, log };
  } catch (error) {
    return { outcome: { error }, trace, log };
  }
}

class Transaction {
  readonly #trace: string[];
  readonly #end: () => void;
  #isDead = false;
  #commitsBadly = false;

  constructor(trace: string[], end: () => void) {
    this.#trace = trace;
    this.#end = end;
  }

  reserve(how: Try): void {
    if (this.#isDead) throw new Error("The transaction is dead: after a conflict only a rollback.");
    if (how === "broken") throw BROKEN;
    this.#commitsBadly = how === "conflict at commit";
    if (how === "conflict") this.#meetConflict();
  }

  readonly commit = async (): Promise<void> => {
    if (this.#isDead) throw new Error("The transaction is dead: nothing is left to commit.");
    if (this.#commitsBadly) this.#meetConflict();
    this.#trace.push("commit");
    this.#end();
  };

  readonly rollback = async (): Promise<void> => {
    this.#trace.push("rollback");
    this.#end();
  };

  #meetConflict(): never {
    this.#isDead = true;
    this.#trace.push("conflict");
    throw new ConcurrencyError("seat-A1", 0, 1);
  }
}
