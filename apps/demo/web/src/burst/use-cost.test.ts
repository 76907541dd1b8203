import { anyStatus } from "../../../test/lab/any-status.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { LabStatus } from "../../../server/lab/messages.ts";
import type { LogEvent } from "../live/live-state.ts";
import type { Cost } from "./use-cost.ts";
import { createCost } from "./use-cost.ts";

let cost: Cost;
let timers: (() => void)[];
let told: number;

describe("createCost", () => {
  beforeEach(() => {
    timers = [];
    told = 0;
    cost = createCost((_ms, act) => timers.push(act));
    cost.subscribe(() => (told += 1));
  });

  it("gathers what commands took and how long events took to be readable", () => {
    cost.onStatus(status(0));
    cost.addLatency(7);
    cost.onEvents([event(1, 1_000)]);
    cost.onStatus(status(1, { position: 1, at_ms: 1_250 }));
    runTimers();
    expect(cost.samples()).toEqual({ latenciesMs: [7], lagsMs: [250] });
    expect(told).toBe(1);
  });

  it("leaves out what was in the log before the page was connected, after every connection anew", () => {
    cost.onStatus(status(1));
    cost.onEvents([event(1, 1_000)]);
    cost.onConnection(false);
    cost.onStatus(status(2));
    cost.onEvents([event(2, 1_100), event(3, 2_000)]);
    cost.onStatus(status(3, { position: 3, at_ms: 2_040 }));
    runTimers();
    expect(cost.samples().lagsMs).toEqual([40]);
  });

  it("forgets everything when it is reset", () => {
    cost.addLatency(7);
    runTimers();
    cost.addLatency(8);
    cost.reset();
    runTimers();
    expect(cost.samples()).toEqual({ latenciesMs: [], lagsMs: [] });
  });
});

function runTimers(): void {
  for (const act of timers.splice(0)) act();
}

function status(head: number, ...moves: LabStatus["moves"]): LabStatus {
  return anyStatus({ head, moves });
}

function event(position: number, recordedAtMs: number): LogEvent {
  const recordedAt = new Date(recordedAtMs).toISOString();
  return { type: "E", payload: {}, position, version: 1, recordedAt, metadata: {} };
}
