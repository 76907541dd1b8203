import fc from "fast-check";
import type { Context, Middleware } from "../src/index.ts";
import { command, isBusError } from "../src/index.ts";
import type { TimeoutOptions } from "../src/middleware/timeout.ts";
import { agree, show } from "./disagreement.ts";
import { settle, virtualTime } from "./virtual-time.ts";
import { watchedSignal } from "./watched-signal.ts";

export type CreateTimeout = (options: TimeoutOptions) => Middleware;

/** Everything happens at a time of its own, so that there is one right answer: see the residues below. */
interface Case {
  readonly ms: number | undefined;
  /** Milliseconds from now until the deadline; past already when it is not positive. */
  readonly deadlineMs: number | undefined;
  readonly abortMs: number | "never" | "before" | undefined;
  readonly handlerMs: number | "never" | "at once";
  readonly fails: boolean;
  readonly earlyMs: number;
}

const END_MS = 40;
const at = (residue: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 10 }).map((n) => 3 * n + residue);

const cases: fc.Arbitrary<Case> = fc.record({
  ms: fc.option(at(3), { nil: undefined, freq: 2 }),
  deadlineMs: fc.option(fc.oneof({ weight: 9, arbitrary: at(3) }, fc.constantFrom(0, -3)), {
    nil: undefined,
    freq: 2,
  }),
  abortMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: at(2) },
    fc.constantFrom("never" as const, "before" as const),
  ),
  handlerMs: fc.oneof(
    { weight: 4, arbitrary: at(1) },
    fc.constantFrom("never" as const, "at once" as const),
  ),
  fails: fc.boolean(),
  earlyMs: fc.integer({ min: 0, max: 2 }),
});

const Do = command("Do");

/** The law of the timeout: whatever comes first decides, and at that time, and nothing is left behind. */
export function endsLikeTheModel(create: CreateTimeout): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(cases, async (given) => {
    const time = virtualTime(given);
    const work = virtualTime();
    const startMs = time.now();
    const reason = new Error("the caller has gone");
    const failure = new Error("the handler failed");
    const caller = given.abortMs === undefined ? undefined : watchedSignal();
    if (given.abortMs === "before") caller?.abort(reason);
    const context: Context = {
      contract: Do,
      metadata: {},
      signal: caller?.signal,
      deadlineAtMs: given.deadlineMs === undefined ? undefined : startMs + given.deadlineMs,
    };

    const begun: Context[] = [];
    const next = (_: unknown, below: Context = context): unknown => {
      begun.push(below);
      if (given.handlerMs === "never") return new Promise(() => {});
      const finish = (): unknown => {
        if (given.fails) throw failure;
        return "done";
      };
      return given.handlerMs === "at once" ? finish() : work.sleep(given.handlerMs).then(finish);
    };
    const expected = foretell(given);
    let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
    const middleware = create({
      now: time.now,
      after: time.after,
      ...(given.ms !== undefined && { ms: given.ms }),
    });
    void (async () => middleware(Do(), next, context))().then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    await settle();

    for (let elapsedMs = 0; elapsedMs <= END_MS; elapsedMs++) {
      if (elapsedMs > 0) await Promise.all([time.advance(1), work.advance(1)]);
      if (given.abortMs === elapsedMs) caller?.abort(reason);
      await settle();
      const isOver = elapsedMs >= expected.atMs;
      const when = `after ${elapsedMs} ms of ${show(given)}`;
      agree((outcome !== undefined) === isOver, () => `${show(outcome)} ${when}`);
      if (!outcome) continue;

      const error: unknown = "error" in outcome ? outcome.error : undefined;
      const was = isBusError(error) ? error.code : error === failure ? "failed" : show(outcome);
      const foretold =
        expected.by === "handler"
          ? given.fails
            ? "failed"
            : show({ value: "done" })
          : expected.by;
      agree(was === foretold, () => `${was} in the place of ${foretold} ${when}`);
      if (expected.by === "ABORTED") {
        agree((error as Error).cause === reason, () => `the cause is lost ${when}`);
      }
      agree(
        begun.length === (expected.begins ? 1 : 0),
        () => `begun ${begun.length} times ${when}`,
      );
      const below = begun[0];
      if (below && expected.limited) {
        const isStopped = expected.by !== "handler";
        agree(below.signal !== caller?.signal, () => `the caller's signal was handed down ${when}`);
        agree(below.signal?.aborted === isStopped, () => `below, the signal is wrong ${when}`);
        const why: unknown = expected.by === "ABORTED" ? reason : error;
        agree(!isStopped || below.signal?.reason === why, () => `the reason is wrong ${when}`);
        agree(
          below.deadlineAtMs ===
            (expected.endMs === Infinity ? undefined : startMs + expected.endMs),
          () => `the deadline is ${below.deadlineAtMs} ${when}`,
        );
      } else if (below) {
        agree(below === context, () => `the context was changed for nothing ${when}`);
      }
      agree(time.pending === 0, () => `a timer is left ${when}`);
      agree((caller?.listeners ?? 0) === 0, () => `a listener is left ${when}`);
    }
  });
}

/** The model: the earliest of three. */
function foretell({ ms = Infinity, deadlineMs = Infinity, abortMs, handlerMs }: Case) {
  const endMs = Math.min(ms, deadlineMs);
  const limited = endMs < Infinity || abortMs !== undefined;
  const timeline = [
    {
      by: "ABORTED",
      atMs: abortMs === "before" ? -Infinity : typeof abortMs === "number" ? abortMs : Infinity,
    },
    { by: "DEADLINE_EXCEEDED", atMs: endMs },
    {
      by: "handler",
      atMs: handlerMs === "at once" ? 0 : handlerMs === "never" ? Infinity : handlerMs,
    },
  ] as const;
  const [first] = timeline.toSorted((a, b) => a.atMs - b.atMs) as [(typeof timeline)[number]];
  const begins = abortMs !== "before" && endMs > 0;
  return { by: first.by, atMs: Math.max(0, first.atMs), endMs, limited, begins };
}
