import type { EmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { systemScheduler } from "@counterpoint/events";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Actor } from "../../server/ordering/actor.ts";
import type { StrategyName, StrategyReport } from "../../server/ordering/messages.ts";
import { STRATEGIES } from "../../server/ordering/messages.ts";
import { play } from "../../server/ordering/play.ts";
import type { Step, TransactionName } from "../../server/ordering/schedules.ts";
import { openScratch } from "../../server/ordering/scratch.ts";
import { STRATEGY } from "../../server/ordering/strategies.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let server: EmbeddedPostgres;
beforeAll(async () => void (server = await startEmbeddedPostgres()));
afterAll(() => server?.stop());

const WRITERS = ["A", "B", "C"] as const;

/** What one transaction does, in its own order. */
const actsOf = (who: TransactionName): fc.Arbitrary<readonly Step[]> =>
  fc
    .record({
      writesElsewhere: fc.boolean(),
      sharesStream: fc.boolean(),
      end: fc.constantFrom("commit", "commit", "commit", "rollback"),
    })
    .map(({ writesElsewhere, sharesStream, end }) => [
      { who, does: "begin" },
      ...(writesElsewhere ? [{ who, does: "write elsewhere" } as const] : []),
      { who, does: "append", ...(sharesStream && { stream: "shared" }) },
      { who, does: end },
    ]);

/** Three transactions and the reader's looks, interleaved in any way. */
const schedule: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.tuple(...WRITERS.map(actsOf)),
    fc.array(fc.integer({ min: 0, max: WRITERS.length }), { minLength: 20, maxLength: 20 }),
  )
  .map(([transactions, turns]) => {
    const left = transactions.map((acts) => [...acts]);
    const look: Step = { who: "reader", does: "poll" };
    const steps = turns.flatMap((turn) => left[turn]?.shift() ?? look);
    return [...steps, ...left.flat(), look];
  });

async function playAll(steps: readonly Step[]): Promise<ReadonlyMap<StrategyName, StrategyReport>> {
  await using scratch = await openScratch(server.connectionString);
  const actors = new Map<TransactionName, Actor>();
  for (const name of WRITERS) actors.set(name, await scratch.connect());
  const reports = new Map<StrategyName, StrategyReport>();
  for (const name of STRATEGIES) {
    const report = await play({
      ...{ name, steps, scratch, actors, strategy: STRATEGY[name], scheduler: systemScheduler },
      ...{ beatMs: 0, patienceMs: 60_000, nowMs: () => performance.now() },
      signal: new AbortController().signal,
    });
    reports.set(name, report);
  }
  return reports;
}

it("holds for any schedule: nothing is lost where something is done about it, and order where there is one", async () => {
  const lostBy = new Map<StrategyName, number>();
  await fc.assert(
    fc.asyncProperty(schedule, async (steps) => {
      const reports = await playAll(steps);
      const committed = WRITERS.filter((who) =>
        steps.some((step) => step.who === who && step.does === "commit"),
      );
      for (const [name, { read, lost, out_of_order, events, disturbed }] of reports) {
        lostBy.set(name, (lostBy.get(name) ?? 0) + lost.length);
        expect({ name, disturbed }).toEqual({ name, disturbed: false });
        expect({ name, all: [...read, ...lost].toSorted() }).toEqual({ name, all: committed });
        if (name !== "naive") expect({ name, lost }).toEqual({ name, lost: [] });
        if (name !== "fence") expect({ name, out_of_order }).toEqual({ name, out_of_order: [] });
        const shared = events
          .filter(({ stream, became }) => stream === "shared" && became !== "rolled back")
          .map(({ version, position }) => ({ version, position }))
          .toSorted((a, b) => a.position - b.position);
        expect(shared.map(({ version }) => version)).toEqual(shared.map((_, index) => index + 1));
      }
    }),
    {
      numRuns: 15,
      examples: [[fromText("A: begin append|B: begin append commit|look|A: commit|look")]],
    },
  );
  // Each of these has been seen to be lost, so the law would notice.
  expect(lostBy.get("naive")).toBeGreaterThan(0);
});

/** A schedule written down in short. */
function fromText(text: string): readonly Step[] {
  return text.split("|").flatMap((part): Step[] => {
    if (part === "look") return [{ who: "reader", does: "poll" }];
    const [who, acts] = part.split(": ") as [TransactionName, string]; // as they are written above
    return acts.split(" ").map((does) => ({ who, does: does as Step["does"] }));
  });
}
