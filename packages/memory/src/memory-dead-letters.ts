import type { Clock, RecordedEvent } from "@counterpoint/events";
import type {
  DeadLetter,
  DeadLetterAct,
  DeadLetterOrder,
  ListDeadLettersOptions,
} from "@counterpoint/read-model";
import { outOfOrder, readForLetter } from "@counterpoint/read-model";

type Kept = Omit<DeadLetter, "event" | "unreadable">;

/** The letters of one follower. */
interface Letters {
  readonly byPosition: Map<number, Kept>;
  /** How many letters each parked key has. */
  readonly waiting: Map<string, number>;
}

type NewLetter = Pick<DeadLetter, "event" | "key" | "reason" | "error" | "attempts">;

/** Keeps what could not be handled, and what was done about it. */
export class MemoryDeadLetters {
  readonly #clock: Clock;
  readonly #eventAt: (position: number) => RecordedEvent;
  readonly #letters = new Map<string, Letters>();
  readonly #acts: DeadLetterAct[] = [];

  /** @param eventAt - Reads an event anew, upcast as it is today. */
  constructor(clock: Clock, eventAt: (position: number) => RecordedEvent) {
    this.#clock = clock;
    this.#eventAt = eventAt;
  }

  list(name: string, options: ListDeadLettersOptions = {}): readonly DeadLetter[] {
    const { key, after = 0, limit = 100 } = options;
    return this.#inOrder(name)
      .filter((letter) => letter.position > after && (key === undefined || letter.key === key))
      .slice(0, limit)
      .map((letter) => this.#handOut(letter));
  }

  count(name: string): number {
    return this.#of(name).byPosition.size;
  }

  parkedKeys(name: string, keys: readonly string[]): readonly string[] {
    const { waiting } = this.#of(name);
    return keys.filter((key) => waiting.has(key));
  }

  add(name: string, { event: { position }, ...letter }: NewLetter): void {
    if (this.#of(name).byPosition.has(position)) return;
    this.#put({ ...letter, name, position, setAsideAt: this.#now() });
    this.#note(name, position, "set aside", { reason: letter.error });
  }

  /** @throws {ReadModelError} `OUT_OF_ORDER` when an older letter of its key has to come first. */
  next(name: string, position: number): DeadLetter | undefined {
    const letter = this.#of(name).byPosition.get(position);
    if (!letter) return undefined;
    const first = this.#inOrder(name).find(
      ({ key, reason }) => key === letter.key && reason !== "skipped",
    );
    if (first && first.position < position && letter.reason !== "skipped") {
      throw outOfOrder(name, first.position, letter.key);
    }
    return this.#handOut(letter);
  }

  close(
    name: string,
    position: number,
    act: "retried" | "discarded",
    order?: DeadLetterOrder,
  ): boolean {
    const { byPosition, waiting } = this.#of(name);
    const letter = byPosition.get(position);
    if (!letter) return false;
    byPosition.delete(position);
    const left = (waiting.get(letter.key) ?? 0) - 1;
    if (letter.reason !== "skipped" && left > 0) waiting.set(letter.key, left);
    else if (letter.reason !== "skipped") waiting.delete(letter.key);
    this.#note(name, position, act, order);
    return true;
  }

  noteFailedRetry(
    name: string,
    position: number,
    error: string,
    order: DeadLetterOrder = {},
  ): void {
    const { byPosition } = this.#of(name);
    const letter = byPosition.get(position);
    if (!letter) return;
    byPosition.set(position, { ...letter, error, attempts: letter.attempts + 1 });
    this.#note(name, position, "retry failed", { ...order, reason: error });
  }

  clear(name: string): void {
    for (const { position } of this.#inOrder(name)) {
      this.#note(name, position, "cleared by a rebuild");
    }
    this.#letters.delete(name);
  }

  /** Hands the letters of one follower to another, in the place of its own. */
  move(from: string, to: string): void {
    this.clear(to);
    for (const letter of this.#inOrder(from)) {
      this.#put({ ...letter, name: to });
      this.#note(to, letter.position, "set aside", { reason: letter.error });
    }
    this.#letters.delete(from);
  }

  acts(name: string, limit = 1_000): readonly DeadLetterAct[] {
    return this.#acts
      .filter((act) => act.name === name)
      .slice(0, limit)
      .map((act) => ({ ...act, at: new Date(act.at) }));
  }

  #of(name: string): Letters {
    const letters = this.#letters.get(name) ?? { byPosition: new Map(), waiting: new Map() };
    this.#letters.set(name, letters);
    return letters;
  }

  #handOut(letter: Kept): DeadLetter {
    return { ...letter, ...readForLetter(() => this.#eventAt(letter.position)) };
  }

  #put(letter: Kept): void {
    const { byPosition, waiting } = this.#of(letter.name);
    byPosition.set(letter.position, letter);
    if (letter.reason !== "skipped") waiting.set(letter.key, (waiting.get(letter.key) ?? 0) + 1);
  }

  #inOrder(name: string): readonly Kept[] {
    return [...this.#of(name).byPosition.values()].toSorted((a, b) => a.position - b.position);
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
