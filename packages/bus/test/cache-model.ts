import fc from "fast-check";
import type { AnyQueryContract, Context, Message, Middleware, QueryMessage } from "../src/index.ts";
import { isBusError } from "../src/index.ts";
import type { CacheOptions } from "../src/middleware/cache.ts";
import type { Step } from "./cache-steps.ts";
import { ACTORS, QUESTIONS, TTL_MS, step } from "./cache-steps.ts";
import { agree, show } from "./disagreement.ts";
import { settle } from "./virtual-time.ts";

export type CacheLike = Middleware & {
  readonly size: number;
  invalidate(subject: QueryMessage | AnyQueryContract): void;
  clear(): void;
};
export type CreateCache = (options: CacheOptions) => CacheLike;

/** One call of the handler. */
interface Run {
  readonly context: Context;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** What the handler keeps of what it has answered. */
  own?: Answer;
}

/** One caller. */
interface Ask {
  readonly controller: AbortController;
  outcome: unknown;
}

interface Answer {
  readonly tags: string[];
}

/** The law of the cache: who is answered how, by which run, and what is held, is as the model says after every step. */
export function remembersLikeTheModel(create: CreateCache): fc.IAsyncProperty<unknown> {
  const steps = fc.array(step, { maxLength: 40, size: "max" });
  return fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (program, maxEntries) => {
    let nowMs = 0;
    const cache = create({ ttlMs: TTL_MS, maxEntries, now: () => nowMs });
    const model = new Model(maxEntries);
    const runs: Run[] = [];
    const asks: Ask[] = [];

    for (const [index, each] of program.entries()) {
      switch (each.do) {
        case "ask": {
          const { contract, payloads } = QUESTIONS[each.question]!; // in range, and so below
          const payload: unknown = payloads[each.variant % payloads.length];
          model.ask(each, nowMs);
          asks.push(ask(contract, contract(payload), ACTORS[each.actor]!, each.signal));
          break;
        }
        case "end": {
          const index = model.end(each.run, each.how);
          const run = runs[index];
          if (!run) break;
          if (each.how === "failure") run.reject(`failure ${index}`);
          else run.resolve(each.how === "undefined" ? undefined : answerOf(index, run));
          await settle();
          run.own?.tags.push("spoilt by the handler");
          break;
        }
        case "abort": {
          const index = model.abort(each.ask);
          asks[index]?.controller.abort(`reason ${index}`);
          break;
        }
        case "wait":
          nowMs += each.ms;
          break;
        case "invalidate": {
          const { contract, payloads } = QUESTIONS[each.question]!;
          model.forget((entry) =>
            each.wholeType
              ? QUESTIONS[entry.question]?.contract === contract
              : entry.question === each.question,
          );
          cache.invalidate(each.wholeType ? contract : contract(payloads.at(-1)));
          break;
        }
        case "clear":
          model.forget(() => true);
          cache.clear();
          break;
      }
      await settle();
      const seen = written(
        cache.size,
        runs.map(({ context }) => context),
        asks,
      );
      agree(seen === model.written(), () => {
        const done = program
          .slice(0, index + 1)
          .map(show)
          .join("\n");
        return `${done}\nwith ${maxEntries} entries:\n${seen}\nin the place of\n${model.written()}`;
      });
    }

    function ask(
      contract: AnyQueryContract,
      message: Message,
      actor: string,
      signal: boolean,
    ): Ask {
      const controller = new AbortController();
      const one: Ask = { controller, outcome: "waits" };
      const context: Context = {
        contract,
        metadata: { actor },
        signal: signal ? controller.signal : undefined,
        deadlineAtMs: 99,
      };
      const next = (_: unknown, below: Context = context): Promise<unknown> =>
        new Promise((resolve, reject) => void runs.push({ context: below, resolve, reject }));
      void (async () => cache(message, next, context))().then(
        (value) => {
          one.outcome = structuredClone(value);
          (value as Answer | undefined)?.tags.push("spoilt by a caller");
        },
        (error: unknown) =>
          (one.outcome = isBusError(error, "ABORTED") ? `aborted: ${String(error.cause)}` : error),
      );
      return one;
    }
  });
}

function answerOf(index: number, run: Run): Answer {
  return (run.own = { tags: [`run ${index}`] });
}

function written(size: number, contexts: readonly Context[], asks: readonly Ask[]): string {
  return show({
    size,
    runs: contexts.map(({ contract, metadata, signal, deadlineAtMs }) => [
      contract.type,
      metadata.actor,
      signal?.aborted,
      deadlineAtMs,
    ]),
    asks: asks.map(({ outcome }) => outcome),
  });
}

interface Entry {
  readonly question: number;
  readonly actor: number;
  readonly run: number;
  readonly begunAtMs: number;
  isHeld: boolean;
}

/** The model: a list of what is held or being read, the one used last at the end. */
class Model {
  readonly #maxEntries: number;
  readonly #runs: {
    readonly question: number;
    readonly actor: number;
    aborted: boolean;
    isOver: boolean;
    waiting: Set<number>;
  }[] = [];
  readonly #asks: { readonly signal: boolean; readonly run: number; outcome: unknown }[] = [];
  readonly #values = new Map<number, unknown>();
  #entries: Entry[] = [];

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  ask({ question, actor, signal }: Extract<Step, { do: "ask" }>, nowMs: number): void {
    let entry = this.#entries.find((each) => each.question === question && each.actor === actor);
    if (entry?.isHeld && nowMs >= entry.begunAtMs + TTL_MS) {
      this.#drop(entry);
      entry = undefined;
    }
    if (!entry) {
      entry = { question, actor, run: this.#runs.length, begunAtMs: nowMs, isHeld: false };
      this.#runs.push({ question, actor, aborted: false, isOver: false, waiting: new Set() });
    }
    this.#drop(entry);
    this.#entries.push(entry);
    const { run } = entry;
    if (!entry.isHeld) this.#runs[run]?.waiting.add(this.#asks.length);
    this.#asks.push({ signal, run, outcome: entry.isHeld ? this.#values.get(run) : "waits" });
  }

  /** @returns Which run ends: the nth of those under way, or -1. */
  end(nth: number, how: "value" | "undefined" | "failure"): number {
    const running = this.#runs.flatMap(({ isOver }, index) => (isOver ? [] : [index]));
    const index = running[nth % running.length] ?? -1;
    const run = this.#runs[index];
    if (!run) return -1;
    run.isOver = true;
    const value = how === "undefined" ? undefined : { tags: [`run ${index}`] };
    const outcome = how === "failure" ? `failure ${index}` : value;
    this.#values.set(index, value);
    for (const waiting of run.waiting) this.#asks[waiting]!.outcome = outcome; // added by `ask`
    const entry = this.#entries.find((each) => each.run === index);
    if (!entry) return index;
    this.#drop(entry);
    if (how === "failure") return index;
    entry.isHeld = true;
    this.#entries.push(entry);
    const [oldest] = this.#held();
    if (oldest && this.#held().length > this.#maxEntries) this.#drop(oldest);
    return index;
  }

  /** @returns Who leaves: the nth of those who wait and can abort, or -1. */
  abort(nth: number): number {
    const waiting = this.#asks.flatMap(({ signal, outcome }, index) =>
      signal && outcome === "waits" ? [index] : [],
    );
    const index = waiting[nth % waiting.length] ?? -1;
    const ask = this.#asks[index];
    const run = ask && this.#runs[ask.run];
    if (!ask || !run) return -1;
    run.waiting.delete(index);
    ask.outcome = `aborted: reason ${index}`;
    if (run.waiting.size > 0) return index;
    run.aborted = true;
    this.forget((entry) => entry.run === ask.run);
    return index;
  }

  forget(which: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter((entry) => !which(entry));
  }

  written(): string {
    return show({
      size: this.#held().length,
      runs: this.#runs.map(({ question, actor, aborted }) => [
        QUESTIONS[question]?.contract.type,
        ACTORS[actor],
        aborted,
        undefined,
      ]),
      asks: this.#asks.map(({ outcome }) => outcome),
    });
  }

  #held(): readonly Entry[] {
    return this.#entries.filter(({ isHeld }) => isHeld);
  }

  #drop(entry: Entry): void {
    this.#entries = this.#entries.filter((each) => each !== entry);
  }
}
