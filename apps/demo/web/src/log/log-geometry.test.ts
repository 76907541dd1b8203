import { describe, expect, it } from "vitest";
import type { LogEvent } from "../live/live-state.ts";
import { fittingCells, isFlood, logWindow } from "./log-geometry.ts";

describe("logWindow", () => {
  it("shows the newest events that fit, the newest at place 0", () => {
    const { cells } = logWindow(log(1, 2, 3, 4, 5), 5, 3);
    expect(cells.map(({ event, place }) => [event.position, place])).toEqual([
      [3, 2],
      [4, 1],
      [5, 0],
    ]);
  });

  it("counts the events behind the checkpoint, gaps left out", () => {
    const window = logWindow(log(1, 2, 7, 9), 4, 10);
    expect(window).toMatchObject({ behind: 2, checkpointHidden: false });
    expect(window.cells.map(({ applied }) => applied)).toEqual([true, true, false, false]);
  });

  it("says when the checkpoint is further back than what is shown", () => {
    expect(logWindow(log(5, 6, 7), 2, 3)).toMatchObject({ behind: 3, checkpointHidden: true });
  });

  it("does not hide a checkpoint at the beginning of the log", () => {
    expect(logWindow(log(1, 2), 0, 3)).toMatchObject({ behind: 2, checkpointHidden: false });
    expect(logWindow([], 0, 3)).toEqual({ cells: [], behind: 0, checkpointHidden: false });
  });
});

describe("isFlood", () => {
  it("knows a flood when it sees one", () => {
    expect(isFlood(every(50, 10))).toBe(true);
    expect(isFlood(every(100, 10))).toBe(false);
    expect(isFlood(every(1, 3))).toBe(false);
    expect(isFlood([])).toBe(false);
  });
});

describe("fittingCells", () => {
  it("fills the width with whole cells, and never shows fewer than four", () => {
    expect(fittingCells(499, 50)).toBe(9);
    expect(fittingCells(0, 50)).toBe(4);
  });
});

function every(ms: number, count: number): LogEvent[] {
  const positions = Array.from({ length: count }, (_, index) => index + 1);
  return log(...positions).map((event, index) => ({
    ...event,
    recordedAt: new Date(index * ms).toISOString(),
  }));
}

function log(...positions: number[]): LogEvent[] {
  return positions.map((position) => ({
    type: "E",
    payload: {},
    position,
    version: 1,
    recordedAt: "",
    metadata: {},
  }));
}
