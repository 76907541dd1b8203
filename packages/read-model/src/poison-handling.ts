import type { RecordedEvent } from "@counterpoint/events";
import type { Poison, SetAside } from "./dead-letters.ts";
import { reasonOf } from "./event-key.ts";
import type { ReadModelError } from "./read-model-error.ts";

export interface PoisonOptions {
  /** How often to try a failing event again before `poison` applies. */
  readonly retries: number;
  readonly poison: "stop" | SetAside;
}

/** What is to be done about an event that has failed. */
export type Verdict =
  | { readonly act: "retry"; readonly attempts: number }
  | { readonly act: "halt"; readonly reason: string }
  | { readonly act: "set aside"; readonly poison: Poison };

/** Counts how often one event has failed, and no other, and decides when it is enough. */
export class PoisonHandling {
  readonly #options: PoisonOptions;
  #position = 0;
  #attempts = 0;

  constructor(options: PoisonOptions) {
    this.#options = options;
  }

  /** @param event - The culprit of the failure. */
  verdictOn(event: RecordedEvent, failure: ReadModelError): Verdict {
    const { retries, poison } = this.#options;
    if (event.position !== this.#position) this.#attempts = 0;
    this.#position = event.position;
    const attempts = ++this.#attempts;
    if (attempts <= retries) return { act: "retry", attempts };
    const error = reasonOf(failure);
    if (poison === "stop") return { act: "halt", reason: error };
    return { act: "set aside", poison: { event, error, attempts, policy: poison } };
  }

  /** Begins to count anew: somebody may have repaired something. */
  forget(): void {
    this.#attempts = 0;
  }
}
