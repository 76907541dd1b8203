import type { Clock, RecordedEvent } from "@counterpoint/events";
import type {
  DeadLetter,
  DeadLetterAct,
  DeadLetterOrder,
  ListDeadLettersOptions,
} from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import { copyEvent } from "./memory-log.ts";

/** Keeps what could not be handled, and what was done about it. */
export class MemoryDeadLetters {
  readonly #clock: Clock;
  /** By follower, in the order of positions. */
  readonly #letters = new Map<string, DeadLetter[]>();
  readonly #acts: DeadLetterAct[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(name: string, options: ListDeadLettersOptions = {}): readonly DeadLetter[] {
    const { key, after = 0, limit = 100 } = options;
    return this.#of(name)
      .filter((letter) => letter.position > after && (key === undefined || letter.key === key))
      .slice(0, limit)
      .map((letter) => ({ ...letter, event: copyEvent(letter.event) }));
  }

  count(name: string): number {
    return this.#of(name).length;
  }

  parkedKeys(name: string, keys: readonly string[]): readonly string[] {
    const parked = new Set(
      this.#of(name)
        .filter(({ reason }) => reason !== "skipped")
        .map(({ key }) => key),
    );
    return keys.filter((key) => parked.has(key));
  }

  add(
    name: string,
    letter: Pick<DeadLetter, "key" | "reason" | "error" | "attempts"> & {
      readonly event: RecordedEvent;
    },
  ): void {
    const { position } = letter.event;
    const letters = [
      ...this.#of(name),
      { ...letter, event: copyEvent(letter.event), name, position, setAsideAt: this.#now() },
    ];
    this.#letters.set(
      name,
      letters.sort((a, b) => a.position - b.position),
    );
    this.#note(name, position, "set aside", { reason: letter.error });
  }

  /** @throws {ReadModelError} `OUT_OF_ORDER` when an older letter of its key has to come first. */
  next(name: string, position: number): DeadLetter | undefined {
    const letter = this.#of(name).find((one) => one.position === position);
    const first = this.#of(name).find(({ key }) => key === letter?.key);
    if (letter && first && first !== letter && letter.reason !== "skipped") {
      throw new ReadModelError(
        "OUT_OF_ORDER",
        `Retry position ${first.position} of ${name} first: both are about ${letter.key}.`,
      );
    }
    return letter && { ...letter, event: copyEvent(letter.event) };
  }

  close(
    name: string,
    position: number,
    act: "retried" | "discarded",
    order?: DeadLetterOrder,
  ): boolean {
    const letters = this.#of(name);
    const rest = letters.filter((letter) => letter.position !== position);
    if (rest.length === letters.length) return false;
    this.#letters.set(name, rest);
    this.#note(name, position, act, order);
    return true;
  }

  noteFailedRetry(
    name: string,
    position: number,
    error: string,
    order: DeadLetterOrder = {},
  ): void {
    this.#letters.set(
      name,
      this.#of(name).map((letter) =>
        letter.position === position ? { ...letter, error, attempts: letter.attempts + 1 } : letter,
      ),
    );
    this.#note(name, position, "retry failed", { ...order, reason: error });
  }

  clear(name: string): void {
    for (const { position } of this.#of(name)) this.#note(name, position, "cleared by a rebuild");
    this.#letters.delete(name);
  }

  /** Hands the letters of one follower to another. */
  move(from: string, to: string): void {
    this.clear(to);
    this.#letters.set(
      to,
      this.#of(from).map((letter) => ({ ...letter, name: to })),
    );
    this.#letters.delete(from);
  }

  acts(name: string, limit = 1_000): readonly DeadLetterAct[] {
    return this.#acts.filter((act) => act.name === name).slice(0, limit);
  }

  #of(name: string): readonly DeadLetter[] {
    return this.#letters.get(name) ?? [];
  }

  #note(
    name: string,
    position: number,
    act: DeadLetterAct["act"],
    order: DeadLetterOrder = {},
  ): void {
    const { actor = "system", reason = "" } = order;
    this.#acts.push({ name, position, act, actor, reason, at: this.#now() });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
