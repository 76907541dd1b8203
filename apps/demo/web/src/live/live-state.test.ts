import { anyStatus } from "../../../test/lab/any-status.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_EVENTS, lagNow, liveReducer, nothingYet } from "./live-state.ts";
import type { LiveState, LogEvent } from "./live-state.ts";

describe("liveReducer", () => {
  it("keeps the newest events once, in order, however a stream repeats itself", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(150), fc.nat(40)), { maxLength: 12 }), (chunks) => {
        let state = nothingYet;
        let highest = 0;
        for (const [from, length] of chunks) {
          const begin = Math.min(from, highest) + 1; // a stream repeats, but never leaves out
          const positions = Array.from({ length }, (_, index) => begin + index);
          highest = Math.max(highest, ...positions);
          state = liveReducer(state, { type: "events", events: positions.map(event), nowMs: 0 });
        }
        const kept = state.events.map(({ position }) => position);
        const first = Math.max(1, highest - KEPT_EVENTS + 1);
        expect(kept).toEqual(range(first, highest));
        expect(state.head).toBe(highest);
      }),
    );
  });

  it("does not take a status that an event has overtaken for another log", () => {
    const before = after(status(3), { type: "events", events: [event(4), event(5)], nowMs: 0 });
    const state = liveReducer(before, status(4));
    expect(state).toMatchObject({ head: 5, epoch: 0 });
    expect(state.events).toHaveLength(2);
  });

  it("begins anew when the log does", () => {
    const before = after({ type: "events", events: [event(1), event(2)], nowMs: 0 }, status(2));
    const state = liveReducer(before, status(1));
    expect(state).toMatchObject({ head: 1, epoch: 1, events: [] });
  });

  it("counts the lag on between two statuses", () => {
    const idle = after(status(1, { position: 1, ms: 0 }, 1_000));
    expect(lagNow(idle, 60_000)).toEqual({ events: 0, ms: 0 });

    const written = liveReducer(idle, { type: "events", events: [event(2)], nowMs: 61_000 });
    expect(lagNow(written, 61_300)).toEqual({ events: 1, ms: 300 });

    const told = liveReducer(written, status(3, { position: 1, ms: 450 }, 61_500));
    expect(lagNow(told, 61_600)).toEqual({ events: 2, ms: 550 });

    const applied = liveReducer(told, status(3, { position: 3, ms: 0 }, 62_000));
    expect(lagNow(applied, 70_000)).toEqual({ events: 0, ms: 0 });
  });

  it("knows whether it is connected", () => {
    expect(after({ type: "connected" }).connection).toBe("live");
    expect(after({ type: "connected" }, { type: "lost" }).connection).toBe("lost");
  });
});

function after(...actions: Parameters<typeof liveReducer>[1][]): LiveState {
  return actions.reduce(liveReducer, nothingYet);
}

function status(head: number, at?: { position: number; ms: number }, nowMs = 0) {
  const position = at?.position ?? head;
  const lag = { events: head - position, ms: at?.ms ?? 0 };
  const model = { name: "m", consistency: "eventual", state: "running", position, lag } as const;
  return {
    type: "status",
    status: anyStatus({ head, models: [model] }),
    nowMs,
  } as const;
}

function event(position: number): LogEvent {
  return { type: "E", payload: {}, position, version: 1, recordedAt: "", metadata: {} };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
