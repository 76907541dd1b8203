import fc from "fast-check";
import type { Context, Middleware } from "../src/index.ts";
import { command, isBusError } from "../src/index.ts";
import type { LimitOptions } from "../src/middleware/limit.ts";
import { agree, show } from "./disagreement.ts";
import { settle } from "./virtual-time.ts";

/** A limit that also tells how busy it is. */
type CountingLimit = Middleware & { readonly running: number; readonly queued: number };
export type CreateLimit = (options: LimitOptions) => CountingLimit;

/** How one message of a run behaves. */
interface Given {
  readonly fails: boolean;
  readonly throwsAtOnce: boolean;
  readonly aborts: boolean;
  /** On a clock that goes on by 1 with everything that happens. */
  readonly deadlineMs: number | undefined;
}

const given: fc.Arbitrary<Given> = fc.record({
  fails: fc.boolean(),
  throwsAtOnce: fc.boolean(),
  aborts: fc.boolean(),
  deadlineMs: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined, freq: 2 }),
});

const Do = command("Do");
const RETRY_AFTER_MS = 70;

/**
 * The law of the limit: for any order of arrivals, ends and aborts, messages begin when and in the order that the model
 * says, and each ends as it says.
 */
export function limitsLikeTheModel(create: CreateLimit): fc.IAsyncProperty<unknown> {
  const act = async (task: () => Promise<unknown>): Promise<void> => {
    await task();
    await settle();
  };
  return fc.asyncProperty(
    fc.scheduler({ act }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 3 }),
    fc.array(given, { maxLength: 9 }),
    async (scheduler, concurrency, queue, messages) => {
      let nowMs = 0;
      const limit = create({ concurrency, queue, retryAfterMs: RETRY_AFTER_MS, now: () => nowMs });
      const model = new Model(concurrency, queue, messages);
      const seen: Trace = { begun: [], ended: [] };

      let disagreement: unknown;

      /** Compares after everything that has happened. */
      const happens = async (what: string, really: () => void): Promise<void> => {
        if (disagreement) return;
        nowMs++;
        really();
        await settle();
        try {
          agree(written(seen) === written(model), () => {
            return `${written(seen)}\nin the place of\n${written(model)}\nafter ${what}`;
          });
          const busy = `${limit.running} running, ${limit.queued} queued`;
          const foretold = `${model.running.size} running, ${model.waiting.length} queued`;
          agree(busy === foretold, () => `${busy} in the place of ${foretold} after ${what}`);
        } catch (error) {
          disagreement = error; // nobody awaits what the scheduler runs
        }
      };

      for (const [id, { fails, throwsAtOnce, aborts, deadlineMs }] of messages.entries()) {
        const controller = new AbortController();
        const context: Context = {
          contract: Do,
          metadata: {},
          signal: aborts ? controller.signal : undefined,
          deadlineAtMs: deadlineMs,
        };
        const next = (): unknown => {
          seen.begun.push(id);
          if (throwsAtOnce) throw `failure ${id}`;
          return new Promise((resolve, reject) => {
            void scheduler.schedule(Promise.resolve(), `${id} ends`).then(() =>
              happens(`the end of ${id}`, () => {
                model.end(id, nowMs);
                if (fails) reject(`failure ${id}`);
                else resolve(`result ${id}`);
              }),
            );
          });
        };
        void scheduler.schedule(Promise.resolve(), `${id} arrives`).then(() =>
          happens(`the arrival of ${id}`, () => {
            model.arrive(id, nowMs);
            const answer = (async () => limit(Do(), next, context))();
            answer.then(
              (value) => seen.ended.push(`${id}: ${show(value)}`),
              (error: unknown) => seen.ended.push(`${id}: ${described(error)}`),
            );
          }),
        );
        if (!aborts) continue;
        void scheduler.schedule(Promise.resolve(), `${id} aborts`).then(() =>
          happens(`the abort of ${id}`, () => {
            model.abort(id);
            controller.abort(`reason ${id}`);
          }),
        );
      }
      await scheduler.waitIdle();
      if (disagreement) throw disagreement;
      agree(seen.ended.length === messages.length, () => `${written(seen)}\nis not the end`);
    },
  );
}

interface Trace {
  readonly begun: number[];
  readonly ended: string[];
}

/** The order in which messages end does not matter, that in which they begin does. */
function written({ begun, ended }: Trace): string {
  return `begun ${begun.join()}; ended ${ended.toSorted().join(", ")}`;
}

function described(error: unknown): string {
  if (!isBusError(error)) return show(error);
  const { code, cause, details } = error;
  return show({ code, cause, retryAfterMs: details["retryAfterMs"] });
}

function refusal(code: string, cause?: unknown, retryAfterMs?: number): string {
  return show({ code, cause, retryAfterMs });
}

/** The model: a list of those who wait, and a set of those who are in. */
class Model implements Trace {
  readonly begun: number[] = [];
  readonly ended: string[] = [];
  readonly running = new Set<number>();
  readonly #concurrency: number;
  readonly #queue: number;
  readonly #messages: readonly Given[];
  readonly #aborted = new Set<number>();
  waiting: number[] = [];

  constructor(concurrency: number, queue: number, messages: readonly Given[]) {
    this.#concurrency = concurrency;
    this.#queue = queue;
    this.#messages = messages;
  }

  arrive(id: number, nowMs: number): void {
    if (this.running.size < this.#concurrency) this.#begin(id, nowMs);
    else if (this.waiting.length >= this.#queue) {
      this.#end(id, refusal("OVERLOADED", undefined, RETRY_AFTER_MS));
    } else if (this.#aborted.has(id)) this.#end(id, refusal("ABORTED", `reason ${id}`));
    else this.waiting.push(id);
  }

  end(id: number, nowMs: number): void {
    this.running.delete(id);
    this.#end(id, show(this.#messages[id]?.fails ? `failure ${id}` : `result ${id}`));
    this.#admit(nowMs);
  }

  abort(id: number): void {
    this.#aborted.add(id);
    if (!this.waiting.includes(id)) return;
    this.waiting = this.waiting.filter((each) => each !== id);
    this.#end(id, refusal("ABORTED", `reason ${id}`));
  }

  #admit(nowMs: number): void {
    while (this.running.size < this.#concurrency && this.waiting.length > 0) {
      const id = this.waiting.shift()!; // there is one
      const { deadlineMs = Infinity } = this.#messages[id]!; // ids count the messages
      if (nowMs > deadlineMs) this.#end(id, refusal("DEADLINE_EXCEEDED"));
      else this.#begin(id, nowMs);
    }
  }

  #begin(id: number, nowMs: number): void {
    this.begun.push(id);
    if (!this.#messages[id]?.throwsAtOnce) {
      this.running.add(id);
      return;
    }
    this.#end(id, show(`failure ${id}`));
    this.#admit(nowMs);
  }

  #end(id: number, how: string): void {
    this.ended.push(`${id}: ${how}`);
  }
}
