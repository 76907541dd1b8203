import fc from "fast-check";
import type { AnyCommandContract, Context, Middleware } from "../src/index.ts";
import { command, isBusError, type } from "../src/index.ts";
import type { IdempotencyOptions, IdempotencyStore } from "../src/middleware/idempotency.ts";
import { agree, show } from "./disagreement.ts";
import { plainIdempotencyStore } from "./plain-idempotency-store.ts";
import { virtualTime } from "./virtual-time.ts";

export type CreateIdempotency = (options: IdempotencyOptions) => Middleware;

const anything = { payload: type<unknown>(), result: type<unknown>() };
const CONTRACTS: readonly AnyCommandContract[] = [
  command("Do", anything),
  command("Undo", anything),
];
const ACTORS = ["ada", "bob"] as const;

const LEASE_MS = 20;
const WAIT_MS = 12;
const POLL_MS = 3;
const LATENCY_MS = 1;
/** How long news may be on their way: to the store and back, twice, and a poll in between. */
const SLACK_MS = 4 * LATENCY_MS + POLL_MS + 1;

/** One caller. */
interface Given {
  readonly atMs: number;
  /** Processes share the store and nothing else. */
  readonly process: number;
  readonly contract: number;
  readonly actor: number;
  readonly key: string | undefined;
  readonly payload: number;
  /** How its handler would do. One that hangs has crashed, as far as others can tell. */
  readonly runMs: number;
  readonly how: "answers" | "fails" | "hangs";
  /** From when the caller comes. */
  readonly deadlineMs: number | undefined;
}

const mostly = <T>(usual: T, other: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constant(other));

const given: fc.Arbitrary<Given> = fc.record({
  atMs: fc.integer({ min: 0, max: 60 }),
  process: fc.nat({ max: 1 }),
  contract: mostly(0, 1),
  actor: mostly(0, 1),
  key: mostly<string | undefined>("key", undefined),
  payload: mostly(0, 1),
  runMs: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 20 }), fc.integer({ min: 22, max: 34 })),
  how: fc.constantFrom("answers", "answers", "answers", "fails", "hangs"),
  deadlineMs: fc.constantFrom(undefined, undefined, 3, 500),
});

/** One call of a handler. */
interface Run {
  readonly caller: number;
  readonly beganAtMs: number;
  /** The order of everything that happens. */
  readonly order: number;
  readonly context: Context;
  endedAtMs: number;
}

type Outcome =
  | { readonly is: "value"; readonly run: unknown; readonly atMs: number }
  | { readonly is: "error"; readonly error: unknown; readonly atMs: number };

/**
 * The laws of idempotency, for any number of callers in two processes with one store that takes its time, with handlers
 * that answer, fail and hang.
 */
export function runsOncePerKey(create: CreateIdempotency): fc.IAsyncProperty<unknown> {
  const callers = fc.array(given, { minLength: 1, maxLength: 8, size: "max" });
  return fc.asyncProperty(callers, async (all) => {
    const time = virtualTime();
    const startMs = time.now();
    const runs: Run[] = [];
    const outcomes: (Outcome | undefined)[] = all.map(() => undefined);
    const failures = all.map((_, caller) => new Error(`failure of ${caller}`));
    let order = 0;
    /** By key of the store: when a result was accepted. */
    const accepted = new Map<string, number>();
    const lost: { readonly claimant: unknown; readonly stored: unknown }[] = [];
    const store = observed(plainIdempotencyStore(time.now));

    const processes = [0, 1].map(() =>
      create({
        store,
        ...{ leaseMs: LEASE_MS, waitMs: WAIT_MS, pollMs: POLL_MS },
        ...{ sleep: time.sleep, now: time.now, fingerprintOf: ({ payload }) => String(payload) },
      }),
    );
    for (const [caller, each] of all.entries())
      time.after(each.atMs, () => void call(caller, each));
    await time.advance(300);

    for (const [caller, each] of all.entries()) check(caller, each);
    for (const [index, run] of runs.entries()) checkRun(run, runs.slice(0, index));

    async function call(caller: number, each: Given): Promise<void> {
      const contract = CONTRACTS[each.contract]!; // in range, and so below
      const actor = ACTORS[each.actor]!;
      const context: Context = {
        contract,
        metadata: { actor, ...(each.key !== undefined && { idempotencyKey: each.key }) },
        signal: undefined,
        deadlineAtMs: deadlineOf(each),
      };
      const message = contract(each.payload);
      const next = async (_: unknown, below: Context = context): Promise<unknown> => {
        const run = {
          caller,
          beganAtMs: time.now(),
          order: order++,
          context: below,
          endedAtMs: Infinity,
        };
        runs.push(run);
        if (each.how === "hangs") return new Promise(() => {});
        await time.sleep(each.runMs);
        run.endedAtMs = time.now();
        if (each.how === "fails") throw failures[caller];
        return { run: caller };
      };
      try {
        const value = (await processes[each.process]!(message, next, context)) as { run: number };
        outcomes[caller] = { is: "value", run: value?.run, atMs: time.now() };
      } catch (error) {
        outcomes[caller] = { is: "error", error, atMs: time.now() };
      }
    }

    function deadlineOf({ atMs, deadlineMs }: Given): number | undefined {
      return deadlineMs === undefined ? undefined : startMs + atMs + deadlineMs;
    }

    function check(caller: number, each: Given): void {
      const outcome = outcomes[caller];
      const own = runs.filter((run) => run.caller === caller);
      const when = `for ${caller} of\n${all.map(show).join("\n")}\nruns ${show(runs.map((run) => [run.caller, run.beganAtMs, run.endedAtMs]))}`;
      agree(own.length <= 1, () => `ran ${own.length} times ${when}`);
      if (own.length > 0 && each.how === "hangs") return;
      if (!outcome) return agree(false, () => `no answer ${when}`);
      if (each.key === undefined)
        agree(own.length === 1, () => `without a key it did not run ${when}`);

      if (outcome.is === "value") {
        const source = all[outcome.run as number];
        agree(
          source?.how === "answers",
          () => `the value ${show(outcome.run)} comes of nothing ${when}`,
        );
        const isFitting =
          source === each ||
          (each.key !== undefined && isSameKey(source, each) && source.payload === each.payload);
        agree(isFitting, () => `the value of ${show(outcome.run)} is not meant ${when}`);
        const run = runs.find((one) => one.caller === outcome.run);
        agree(
          run !== undefined && run.endedAtMs <= outcome.atMs,
          () => `a value before its run has ended ${when}`,
        );
        const kept = lost.find(({ claimant }) => claimant === caller);
        agree(
          !kept || outcome.run === kept.stored,
          () => `it kept to its own after another was stored ${when}`,
        );
      } else if (own.length > 0) {
        agree(
          outcome.error === failures[caller],
          () => `${show(outcome.error)} in the place of its own ${when}`,
        );
      } else if (isBusError(outcome.error, "IDEMPOTENCY_KEY_REUSED")) {
        const other = runs.some(
          (run) => isSameKey(all[run.caller], each) && all[run.caller]?.payload !== each.payload,
        );
        agree(other, () => `refused, and no other payload has run ${when}`);
      } else {
        agree(
          isBusError(outcome.error, "IDEMPOTENCY_IN_PROGRESS"),
          () => `${show(outcome.error)} ${when}`,
        );
        const waitedMs = outcome.atMs - startMs - each.atMs;
        const patienceMs = Math.min(WAIT_MS, each.deadlineMs ?? Infinity);
        agree(waitedMs >= patienceMs, () => `gave up after ${waitedMs} ms ${when}`);
        agree(waitedMs <= patienceMs + SLACK_MS, () => `waited ${waitedMs} ms ${when}`);
        const busy = runs.some((run) => {
          const rival = all[run.caller];
          const leaseMs = rival?.process === each.process ? Infinity : LEASE_MS;
          const endMs = Math.min(run.endedAtMs, run.beganAtMs + leaseMs) + SLACK_MS;
          return isSameKey(rival, each) && endMs >= outcome.atMs;
        });
        agree(busy, () => `gave up while nobody was at work ${when}`);
      }
    }

    function checkRun(run: Run, earlier: readonly Run[]): void {
      const each = all[run.caller]!;
      const when = `for the run of ${run.caller} of\n${all.map(show).join("\n")}`;
      const { deadlineAtMs = Infinity } = run.context;
      if (each.key === undefined) {
        agree(
          run.context.deadlineAtMs === deadlineOf(each),
          () => `its deadline was changed ${when}`,
        );
        return;
      }
      const latestMs = Math.min(run.beganAtMs + LEASE_MS, deadlineOf(each) ?? Infinity);
      agree(deadlineAtMs <= latestMs, () => `its deadline is ${deadlineAtMs} ${when}`);
      const done = accepted.get(scopeOf(each)) ?? Infinity;
      agree(run.order < done, () => `it began after a result was stored ${when}`);
      for (const rival of earlier) {
        const other = all[rival.caller];
        if (!isSameKey(other, each)) continue;
        if (rival.endedAtMs <= run.beganAtMs) {
          const isAlone = runs.every(
            (third) =>
              third === rival ||
              !isSameKey(all[third.caller], each) ||
              third.endedAtMs <= rival.beganAtMs ||
              third.beganAtMs >= rival.endedAtMs + SLACK_MS,
          );
          const isLate = run.beganAtMs >= rival.endedAtMs + SLACK_MS;
          agree(other.how === "fails" || !isAlone || !isLate, () => `it ran again ${when}`);
          continue;
        }
        agree(other.process !== each.process, () => `two at once in one process ${when}`);
        agree(
          run.beganAtMs >= rival.beganAtMs + LEASE_MS - 2 * LATENCY_MS,
          () => `two at once within a lease ${when}`,
        );
        const isLatest = !earlier
          .slice(earlier.indexOf(rival) + 1)
          .some((one) => isSameKey(all[one.caller], each));
        agree(
          !isLatest || other.payload === each.payload,
          () => `it took over from another payload ${when}`,
        );
      }
    }

    /** Every call takes its time, on the way there and back; what is accepted and what is lost is written down. */
    function observed(right: IdempotencyStore): IdempotencyStore {
      return {
        async begin(call) {
          await time.sleep(LATENCY_MS);
          const answer = await right.begin(call);
          await time.sleep(LATENCY_MS);
          return answer;
        },
        async complete(call) {
          await time.sleep(LATENCY_MS);
          const isKept = await right.complete(call);
          const claimant = (call.result as { run?: unknown } | undefined)?.run;
          if (isKept) accepted.set(scopeOf(all[claimant as number]!), order++);
          else {
            const payload = String(all[claimant as number]?.payload);
            const now = await right.begin({ key: call.key, fingerprint: payload, leaseMs: 1e-9 });
            if (now.status === "new") await right.abandon({ key: call.key, claim: now.claim });
            if (now.status === "done")
              lost.push({ claimant, stored: (now.result as { run: unknown }).run });
          }
          await time.sleep(LATENCY_MS);
          return isKept;
        },
        async abandon(call) {
          await time.sleep(LATENCY_MS);
          await right.abandon(call);
          await time.sleep(LATENCY_MS);
        },
      };
    }
  });
}

function isSameKey(a: Given | undefined, b: Given): a is Given {
  return a?.key !== undefined && b.key !== undefined && scopeOf(a) === scopeOf(b);
}

function scopeOf({ contract, actor, key }: Given): string {
  return `${contract} ${actor} ${key}`;
}
