import type { LogEvent } from "../live/live-state.ts";

const AT_ONCE = 6;
const SLIDE_MS = 320;

/** What of the log the line shows. Places count from the right: the newest event has place 0. */
export interface LogWindow {
  readonly cells: readonly LogCell[];
  /** How many of the shown events the eventual model has not applied. */
  readonly behind: number;
  /** The checkpoint lies to the left of what is shown. */
  readonly checkpointHidden: boolean;
}

export interface LogCell {
  readonly event: LogEvent;
  readonly place: number;
  /** Whether the eventual model has applied it. */
  readonly applied: boolean;
}

/**
 * Chooses the newest events that fit, and finds the checkpoint among them.
 *
 * Events are counted, not positions: a log may have gaps.
 */
export function logWindow(
  events: readonly LogEvent[],
  checkpoint: number,
  fitting: number,
): LogWindow {
  const shown = events.slice(-fitting);
  const cells = shown.map((event, index) => ({
    event,
    place: shown.length - 1 - index,
    applied: event.position <= checkpoint,
  }));
  const behind = cells.filter(({ applied }) => !applied).length;
  const first = shown[0];
  const older = first !== undefined && first.position > 1;
  return { cells, behind, checkpointHidden: older && behind === cells.length };
}

/** Tells whether events come so fast that to animate each would only blur them. */
export function isFlood(events: readonly LogEvent[]): boolean {
  const [first, ...rest] = events.slice(-AT_ONCE);
  const last = rest.at(-1);
  if (!first || !last || rest.length + 1 < AT_ONCE) return false;
  return Date.parse(last.recordedAt) - Date.parse(first.recordedAt) < SLIDE_MS;
}

/** How many cells fit into a width, at least 4. */
export function fittingCells(widthPx: number, cellPx: number): number {
  return Math.max(4, Math.floor(widthPx / cellPx));
}
