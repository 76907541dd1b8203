import fc from "fast-check";
import type { AnyContract, Context, Middleware } from "../src/index.ts";
import { command, event, query } from "../src/index.ts";
import type { MetricsOptions, MetricsRecord, MetricsStart } from "../src/middleware/metrics.ts";
import { agree, show } from "./disagreement.ts";
import { settle } from "./virtual-time.ts";

export type CreateMetrics = (options: MetricsOptions) => Middleware & { readonly inFlight: number };

const CONTRACTS: readonly AnyContract[] = [command("Do"), query("Ask"), event("Happened")];

const given = fc.record({
  contract: fc.nat({ max: CONTRACTS.length - 1 }),
  /** Changed on the way by another middleware; a label must not follow. */
  renamed: fc.boolean(),
  atOnce: fc.boolean(),
  outcome: fc.constantFrom(
    { is: "ok" } as const,
    { is: "failed", error: new Error("plain") } as const,
    {
      is: "failed",
      error: Object.assign(new Error("coded"), { code: "TAKEN" }),
      code: "TAKEN",
    } as const,
    { is: "failed", error: Object.assign(new Error("numbered"), { code: 7 }) } as const,
    { is: "failed", error: "a text" } as const,
    { is: "failed", error: undefined } as const,
  ),
});

/** The law of metrics: one start and one record for each message, true in every part, and a true count at every moment. */
export function countsLikeTheModel(create: CreateMetrics): fc.IAsyncProperty<unknown> {
  const act = async (task: () => Promise<unknown>): Promise<void> => {
    await task();
    await settle();
  };
  const messages = fc.array(given, { maxLength: 6 });
  return fc.asyncProperty(fc.scheduler({ act }), messages, fc.boolean(), async (s, all, breaks) => {
    let nowMs = 100;
    const seen: (MetricsStart | MetricsRecord)[] = [];
    const foretold: (MetricsStart | MetricsRecord)[] = [];
    const take = (what: MetricsStart | MetricsRecord): void => {
      seen.push({ ...what });
      if (breaks) throw new Error("the registry is broken");
    };
    const metrics = create({ record: take, onStart: take, now: () => nowMs });
    const wrong: string[] = [];
    let running = 0;
    const compare = (when: string): void => {
      if (metrics.inFlight !== running)
        wrong.push(`${metrics.inFlight} in flight ${when}, not ${running}`);
      if (show(seen) !== show(foretold)) wrong.push(`${show(seen)} ${when}, not ${show(foretold)}`);
    };

    const callers = all.map(async ({ contract: index, renamed, atOnce, outcome }, id) => {
      await s.schedule(Promise.resolve(), `${id} begins`);
      nowMs += 7;
      const contract = CONTRACTS[index]!; // in range
      const { kind, type } = contract;
      const beganMs = nowMs;
      const end = (): unknown => {
        running--;
        const how = { outcome: outcome.is, ...("code" in outcome && { code: outcome.code }) };
        foretold.push({ kind, type, ...how, durationMs: nowMs - beganMs });
        if (outcome.is === "failed") throw outcome.error;
        return id;
      };
      const next = (): unknown => {
        if (metrics.inFlight !== running) wrong.push(`${metrics.inFlight} in flight within ${id}`);
        return atOnce
          ? end()
          : s.schedule(Promise.resolve(), `${id} ends`).then(() => {
              nowMs += 5;
              return end();
            });
      };
      running++;
      foretold.push({ kind, type });
      const context: Context = {
        contract,
        metadata: {},
        signal: undefined,
        deadlineAtMs: undefined,
      };
      const message = { type: renamed ? `${type} ${id}` : type, payload: undefined };
      const got = await (async () => metrics(message, next, context))().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      const right =
        outcome.is === "ok"
          ? "value" in got && got.value === id
          : "error" in got && got.error === outcome.error;
      if (!right) wrong.push(`${id} got ${show(got)}`);
      await settle();
      compare(`after the end of ${id}`);
    });
    await s.waitFor(Promise.all(callers));
    compare("in the end");
    agree(wrong.length === 0, () => wrong.join("\n"));
  });
}
