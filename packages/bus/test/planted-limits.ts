import type { Middleware } from "../src/index.ts";
import { BusError } from "../src/index.ts";
import type { CreateLimit } from "./limit-model.ts";

const FLAWS = [
  "lets one more in",
  "lets one less in",
  "lets one more wait",
  "lets one less wait",
  "lets any number wait",
  "lets in last come, first served",
  "forgets to free a place after a failure",
  "forgets to free a place after what is thrown at once",
  "frees a place twice after a failure",
  "lets nobody in when a place is free again",
  "lets all in when a place is free again",
  "lets those who wait be passed by an end",
  "keeps the place of who aborts while waiting",
  "does not answer who aborts while waiting",
  "begins what was aborted while waiting",
  "forgets the reason of an abort",
  "begins what is late by its turn",
  "loses a turn to what is late",
  "does not say when to come again",
  "wraps errors",
] as const;
type Flaw = (typeof FLAWS)[number];

interface Waiting {
  readonly enter: () => void;
  gone: boolean;
}

/** A limit written with an array and counters, without a look at the real one, and what can be wrong about it. */
function plainLimit(flaw?: Flaw): CreateLimit {
  return ({ concurrency, queue = 0, retryAfterMs, now = Date.now }) => {
    const places =
      concurrency + (flaw === "lets one more in" ? 1 : flaw === "lets one less in" ? -1 : 0);
    const most =
      flaw === "lets any number wait"
        ? Infinity
        : queue + (flaw === "lets one more wait" ? 1 : flaw === "lets one less wait" ? -1 : 0);
    let running = 0;
    let waiting: Waiting[] = [];

    const free = (): void => {
      running--;
      if (flaw === "lets nobody in when a place is free again") return;
      do {
        const next = flaw === "lets in last come, first served" ? waiting.pop() : waiting.shift();
        if (!next) return;
        if (next.gone) continue;
        next.enter();
        if (flaw === "loses a turn to what is late") return;
      } while (running < places || flaw === "lets all in when a place is free again");
    };

    const run = async (next: () => unknown): Promise<unknown> => {
      running++;
      let isAtOnce = true;
      try {
        const result = next();
        isAtOnce = false;
        const value = await result;
        free();
        return value;
      } catch (error) {
        const keeps =
          flaw === "forgets to free a place after a failure" ||
          (isAtOnce && flaw === "forgets to free a place after what is thrown at once");
        if (!keeps) free();
        if (flaw === "frees a place twice after a failure") free();
        if (flaw === "wraps errors") throw new Error("failed", { cause: error });
        throw error;
      }
    };

    const limit: Middleware = (message, next, { signal, deadlineAtMs = Infinity }) => {
      const isPassed = flaw === "lets those who wait be passed by an end" && waiting.length > 0;
      if (running < places || isPassed) return run(next);
      const waits = waiting.filter(
        ({ gone }) => !gone || flaw === "keeps the place of who aborts while waiting",
      );
      if (waits.length >= most) {
        const details = flaw === "does not say when to come again" ? {} : { retryAfterMs };
        throw new BusError("OVERLOADED", "full", { details });
      }
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          gone: false,
          enter() {
            if (now() > deadlineAtMs && flaw !== "begins what is late by its turn") {
              reject(new BusError("DEADLINE_EXCEEDED", "late"));
            } else resolve(run(next));
          },
        };
        const abort = (): void => {
          if (flaw === "begins what was aborted while waiting") return;
          const isWaiting = waiting.includes(entry);
          entry.gone = true;
          if (flaw !== "keeps the place of who aborts while waiting") {
            waiting = waiting.filter((each) => each !== entry);
          }
          if (flaw === "does not answer who aborts while waiting" && isWaiting) return;
          const cause: unknown =
            flaw === "forgets the reason of an abort" ? undefined : signal?.reason;
          reject(new BusError("ABORTED", "aborted", { cause }));
        };
        if (signal?.aborted) return abort();
        waiting.push(entry);
        signal?.addEventListener("abort", abort);
      });
    };
    return Object.defineProperties(limit, {
      running: { get: () => running },
      queued: { get: () => waiting.length },
    }) as ReturnType<CreateLimit>; // with the two properties that were just defined
  };
}

export const rightLimit: CreateLimit = plainLimit();

export const wrongLimits: Readonly<Record<string, CreateLimit>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainLimit(flaw)]),
);
