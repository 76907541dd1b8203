import { systemScheduler } from "@counterpoint/events";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { claim, release } from "../../server/claimed-schemas.ts";
import { runExperiment } from "../../server/ordering/experiment.ts";
import type {
  ExperimentReport,
  StrategyName,
  StrategyReport,
} from "../../server/ordering/messages.ts";
import { STRATEGIES } from "../../server/ordering/messages.ts";
import type { ScheduleName } from "../../server/ordering/schedules.ts";
import { SCHEDULES, STEPS } from "../../server/ordering/schedules.ts";
import type { RealServer } from "./real-server.ts";
import { startRealServer } from "./real-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let real: RealServer;
beforeAll(async () => void (real = await startRealServer()));
afterAll(() => real?.[Symbol.asyncDispose]());

interface Given {
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

function run(schedule: ScheduleName, given: Given = {}): Promise<ExperimentReport> {
  const { patienceMs = 30_000, signal = new AbortController().signal } = given;
  return runExperiment({
    connectionString: real.server.connectionString,
    ...{ schedule, patienceMs, signal, beatMs: 0 },
    ...{ scheduler: systemScheduler, nowMs: () => performance.now() },
  });
}

async function schemas(): Promise<readonly string[]> {
  const { rows } = await real.client.query<{ nspname: string }>(
    "select nspname from pg_namespace where nspname like 'counterpoint%'",
  );
  return rows.map(({ nspname }) => nspname);
}

async function connections(): Promise<number> {
  const { rows } = await real.client.query<{ n: number }>(
    "select count(*)::integer as n from pg_stat_activity where application_name like 'counterpoint%'",
  );
  return rows[0]?.n ?? 0;
}

/** What the reader gets, in order; what it loses; what it gets after something with a higher position. */
type Outcome = readonly [read: string, lost: string, outOfOrder: string];

const OUTCOMES: Readonly<Record<ScheduleName, Readonly<Record<StrategyName, Outcome>>>> = {
  "overtaken writer": {
    naive: ["BC", "A", ""],
    registry: ["ABC", "", ""],
    serialized: ["ABC", "", ""],
    fence: ["ABC", "", ""],
  },
  "unrelated transaction": {
    naive: ["AB", "", ""],
    registry: ["AB", "", ""],
    serialized: ["AB", "", ""],
    fence: ["AB", "", ""],
  },
  rollback: {
    naive: ["BC", "", ""],
    registry: ["BC", "", ""],
    serialized: ["BC", "", ""],
    fence: ["BC", "", ""],
  },
  "first to begin": {
    naive: ["BA", "", ""],
    registry: ["BA", "", ""],
    serialized: ["BA", "", ""],
    fence: ["AB", "", "B"],
  },
};

describe.each(SCHEDULES)("the schedule %s", (schedule) => {
  let report: ExperimentReport;
  beforeAll(async () => {
    report = await run(schedule);
  });
  const of = (name: StrategyName): StrategyReport =>
    report.strategies.find(({ strategy }) => strategy === name)!;

  it("is played under every strategy, step by step", () => {
    expect(report.strategies.map(({ strategy }) => strategy)).toEqual(STRATEGIES);
    for (const { steps, disturbed } of report.strategies) {
      expect(steps.map(({ who, does }) => ({ who, does }))).toEqual(
        STEPS[schedule].map(({ who, does }) => ({ who, does })),
      );
      expect(disturbed).toBe(false);
    }
  });

  it.each(STRATEGIES)("comes to what it has to come to with %s", (name) => {
    const { read, lost, out_of_order } = of(name);
    expect([read.join(""), lost.join(""), out_of_order.join("")]).toEqual(OUTCOMES[schedule][name]);
  });

  it("has no event that is neither seen, nor lost, nor rolled back", () => {
    for (const { events } of report.strategies) {
      expect(events.filter(({ became }) => became === "held back")).toEqual([]);
      for (const { became, committed_ms, seen_ms } of events) {
        expect(committed_ms === null).toBe(became === "rolled back");
        expect(seen_ms === null).toBe(became !== "seen");
      }
    }
  });

  it("costs locks only where locks do the work", () => {
    const locks = STRATEGIES.map((name) => of(name).cost.locks_per_append);
    expect(locks).toEqual([0, 1, 2, 0]); // the adapter's serialised append registers as well
  });

  it("leaves nothing in the database", async () => {
    expect(await schemas()).toEqual([]);
    await expect.poll(connections).toBe(0); // a session outlives its client by a moment
  });
});

describe("the overtaken writer", () => {
  it("is waited for by other writers where appends are serialised, and by readers elsewhere", async () => {
    const { strategies } = await run("overtaken writer");
    for (const { strategy, steps, cost } of strategies) {
      const waited = steps.filter(({ waited_for }) => waited_for !== null);
      const isSerialized = strategy === "serialized";
      expect(waited.map(({ who, does, waited_for }) => `${who} ${does} ${waited_for}`)).toEqual(
        isSerialized ? ["B append A"] : [],
      );
      expect(cost.writers_waited_ms > 0).toBe(isSerialized);
      const holdsBack = strategy === "registry" || strategy === "fence";
      expect(cost.held_back_events).toBe(holdsBack ? 1 : 0);
      expect(cost.held_back_ms > 0).toBe(holdsBack);
    }
  });

  it("shows the naive reader a later event first, and never the earlier one", async () => {
    const { strategies } = await run("overtaken writer");
    const naive = strategies[0]!;
    expect(naive.events).toMatchObject([
      { transaction: "A", position: 1, became: "lost" },
      { transaction: "B", position: 2, became: "seen" },
      { transaction: "C", position: 3, became: "seen" },
    ]);
    const polls = naive.steps.filter(({ does }) => does === "poll");
    expect(polls.map(({ saw }) => saw.join(""))).toEqual(["B", "", "", "C"]);
  });
});

it("holds the fence back behind an unrelated transaction, and nobody else", async () => {
  const { strategies } = await run("unrelated transaction");
  const held = strategies.map(({ strategy, cost }) => [strategy, cost.held_back_events]);
  expect(Object.fromEntries(held)).toEqual({ naive: 0, registry: 0, serialized: 0, fence: 2 });
  for (const { cost } of strategies) expect(cost.writers_waited_ms).toBe(0);
});

it("passes the gap that a rollback leaves, whatever the strategy", async () => {
  const { strategies } = await run("rollback");
  for (const { strategy, events } of strategies) {
    expect(events.map(({ became }) => became)).toEqual(["rolled back", "seen", "seen"]);
    expect([strategy, events.map(({ position }) => position)]).toEqual([strategy, [1, 2, 3]]);
  }
});

it("gives versions of one stream in the wrong order behind the fence alone", async () => {
  const { strategies } = await run("first to begin");
  for (const { strategy, events, read } of strategies) {
    const versions = read.map((who) => events.find(({ transaction }) => transaction === who)!);
    expect(new Set(versions.map(({ stream }) => stream))).toEqual(new Set(["order-7"]));
    expect(versions.map(({ version }) => version)).toEqual(strategy === "fence" ? [2, 1] : [1, 2]);
  }
});

it("says so when a transaction of somebody else holds the fence back for too long", async () => {
  const stranger = new Client({ connectionString: real.server.connectionString });
  await stranger.connect();
  try {
    await stranger.query("begin; select pg_current_xact_id()");
    const { strategies } = await run("overtaken writer", { patienceMs: 0 });
    for (const { strategy, disturbed, lost, events } of strategies) {
      const isFence = strategy === "fence";
      expect([strategy, disturbed]).toEqual([strategy, isFence]);
      if (!isFence) continue;
      expect(lost).toEqual([]);
      expect(events.map(({ became }) => became)).toEqual(["held back", "held back", "held back"]);
    }
  } finally {
    await stranger.end();
  }
});

describe("an experiment that is cut short", () => {
  it("rejects with the reason, and leaves nothing", async () => {
    const cutting = new AbortController();
    const running = run("overtaken writer", { signal: cutting.signal });
    running.catch(() => {}); // awaited below
    await vi.waitUntil(async () => (await schemas()).length > 0, { timeout: 30_000 });
    cutting.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(await schemas()).toEqual([]);
    await expect.poll(connections).toBe(0); // a session outlives its client by a moment
  });

  it("does not begin when it is too late", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(run("rollback", { signal })).rejects.toThrow("too late");
  });
});

it("clears away what a killed process has left, and nothing of one that lives", async () => {
  const dead = "counterpoint_ordering_0000dead_naive";
  const alive = "counterpoint_ordering_0000beef_naive";
  await real.client.query(`create schema ${dead}; create schema ${alive}`);
  await claim(real.client, alive);
  await run("rollback");
  expect(await schemas()).toEqual([alive]);
  await release(real.client, alive);
  await run("rollback");
  expect(await schemas()).toEqual([]);
});
