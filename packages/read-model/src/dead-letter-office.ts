import type {
  DeadLetter,
  DeadLetterAct,
  DeadLetterOrder,
  DeadLetterStore,
  ListDeadLettersOptions,
} from "./dead-letters.ts";
import { ReadModelError, isReadModelError } from "./read-model-error.ts";

/** What came of retrying all letters. */
export interface RetriedAll {
  readonly applied: number;
  /** Letters that stayed, because they failed again or wait behind one that did. */
  readonly left: number;
}

/** Lists, inspects, retries and discards what could not be handled. Every act goes into the audit log. */
export interface DeadLetterOffice {
  /** Lists letters in the order of positions, each with its event, error and attempts. */
  list(name: string, options?: ListDeadLettersOptions): Promise<readonly DeadLetter[]>;
  /**
   * Handles one letter now and closes it.
   *
   * @throws {ReadModelError} `DEAD_LETTER_NOT_FOUND`; `HANDLER_FAILED` when it fails again; `OUT_OF_ORDER` when an older letter of its
   *   key has to come first. The letter stays.
   */
  retry(name: string, position: number, order?: DeadLetterOrder): Promise<void>;
  /** Handles all letters, oldest first. Where one fails again, the rest of its key stays. */
  retryAll(name: string, order?: DeadLetterOrder): Promise<RetriedAll>;
  /**
   * Gives one letter up, for a reason.
   *
   * @throws {ReadModelError} `DEAD_LETTER_NOT_FOUND`.
   * @throws {TypeError} When there is no reason.
   */
  discard(
    name: string,
    position: number,
    order: DeadLetterOrder & { readonly reason: string },
  ): Promise<void>;
  /** Lists what was done, oldest first. */
  acts(name: string, options?: { readonly limit?: number }): Promise<readonly DeadLetterAct[]>;
}

interface Handling {
  /** Throws when nobody of this name is here. */
  readonly find: (name: string) => void;
  /** Handles a letter and closes it. @returns `false` when it is gone. */
  readonly retry: (
    name: string,
    position: number,
    order: DeadLetterOrder | undefined,
  ) => Promise<boolean>;
}

const PAGE = 100;

export function createDeadLetterOffice(
  store: DeadLetterStore,
  handling: Handling,
): DeadLetterOffice {
  return {
    async list(name, options) {
      handling.find(name);
      return store.listDeadLetters(name, options);
    },
    async retry(name, position, order) {
      if (!(await tryAgain(name, position, order))) throw notFound(name, position);
    },
    async retryAll(name, order) {
      let applied = 0;
      let left = 0;
      const failedKeys = new Set<string>(); // never "", which is no key
      for (let after = 0; ;) {
        const letters = await store.listDeadLetters(name, { after, limit: PAGE });
        for (const { key, position } of letters) {
          const outcome = failedKeys.has(key) ? "failed" : await outcomeOf(name, position, order);
          if (outcome === "applied") applied++;
          if (outcome === "failed") left++;
          if (outcome === "failed" && key !== "") failedKeys.add(key);
        }
        const last = letters.at(-1);
        if (!last) return { applied, left };
        after = last.position;
      }
    },
    async discard(name, position, order) {
      handling.find(name);
      if (typeof order?.reason !== "string" || order.reason.trim() === "") {
        throw new TypeError("Expected a reason for discarding a dead letter.");
      }
      if (!(await store.closeDeadLetter(name, position, "discarded", order))) {
        throw notFound(name, position);
      }
    },
    async acts(name, options) {
      handling.find(name);
      return store.listDeadLetterActs(name, options);
    },
  };

  async function outcomeOf(
    name: string,
    position: number,
    order: DeadLetterOrder | undefined,
  ): Promise<"applied" | "failed" | "gone"> {
    try {
      return (await tryAgain(name, position, order)) ? "applied" : "gone";
    } catch (error) {
      if (isReadModelError(error, "HANDLER_FAILED") || isReadModelError(error, "OUT_OF_ORDER")) {
        return "failed";
      }
      throw error;
    }
  }

  async function tryAgain(
    name: string,
    position: number,
    order: DeadLetterOrder | undefined,
  ): Promise<boolean> {
    handling.find(name);
    try {
      return await handling.retry(name, position, order);
    } catch (error) {
      if (isReadModelError(error, "HANDLER_FAILED")) {
        await store.noteFailedRetry(name, position, error.message, order);
      }
      throw error;
    }
  }
}

function notFound(name: string, position: number): ReadModelError<"DEAD_LETTER_NOT_FOUND"> {
  return new ReadModelError(
    "DEAD_LETTER_NOT_FOUND",
    `${name} has no dead letter at position ${position}.`,
  );
}
