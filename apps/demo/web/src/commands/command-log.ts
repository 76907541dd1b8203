import type { Sent, UserCommand } from "../api/send-command.ts";
import type { ReadBack, ReadMode } from "../api/verdict.ts";
import type { LogEvent } from "../live/live-state.ts";

/** One command that this page has sent, and what became of it. */
export interface CommandEntry {
  readonly id: number;
  readonly command: UserCommand;
  /** When it was sent. */
  readonly at: Date;
  readonly sent?: Sent;
  /** Where its event stands in the log; known when the log has told. */
  readonly position?: number;
  /** The read after the write: under way, or what it showed. */
  readonly read?: ReadMode | ReadBack;
}

/** What the reads after writes have shown in one mode. */
export interface ReadTally {
  readonly reads: number;
  readonly stale: number;
  /** Reads that the server would not answer in time. */
  readonly late: number;
  /** How long the reads took, newest last. */
  readonly waitsMs: readonly number[];
}

export interface CommandLog {
  /** Newest first, at most `KEPT_ENTRIES`. */
  readonly entries: readonly CommandEntry[];
  readonly tallies: Readonly<Record<ReadMode, ReadTally>>;
}

export type CommandLogAction =
  | {
      readonly type: "sending";
      readonly id: number;
      readonly command: UserCommand;
      readonly at: Date;
    }
  | { readonly type: "sent"; readonly id: number; readonly sent: Sent }
  | { readonly type: "reading"; readonly id: number; readonly mode: ReadMode }
  | { readonly type: "read"; readonly id: number; readonly read: ReadBack }
  | { readonly type: "logged"; readonly events: readonly LogEvent[] };

export const KEPT_ENTRIES = 50;
const KEPT_WAITS = 1_000;

const noReads: ReadTally = { reads: 0, stale: 0, late: 0, waitsMs: [] };

export const emptyCommandLog: CommandLog = {
  entries: [],
  tallies: { nothing: noReads, token: noReads, sync: noReads },
};

/** Folds what happens to commands into the list that the page shows. */
export function commandLogReducer(log: CommandLog, action: CommandLogAction): CommandLog {
  switch (action.type) {
    case "sending": {
      const { id, command, at } = action;
      return { ...log, entries: [{ id, command, at }, ...log.entries].slice(0, KEPT_ENTRIES) };
    }
    case "sent":
      return changed(log, action.id, { sent: action.sent });
    case "reading":
      return changed(log, action.id, { read: action.mode });
    case "read":
      return tallied(changed(log, action.id, { read: action.read }), action.read);
    case "logged":
      return located(log, action.events);
  }
}

function changed(log: CommandLog, id: number, change: Partial<CommandEntry>): CommandLog {
  const entries = log.entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
  return { ...log, entries };
}

function tallied(log: CommandLog, { mode, verdict, ms }: ReadBack): CommandLog {
  if (verdict === "failed") return log;
  const { reads, stale, late, waitsMs } = log.tallies[mode];
  const tally: ReadTally = {
    reads: reads + 1,
    stale: stale + (verdict === "stale" ? 1 : 0),
    late: late + (verdict === "late" ? 1 : 0),
    waitsMs: [...waitsMs, ms].slice(-KEPT_WAITS),
  };
  return { ...log, tallies: { ...log.tallies, [mode]: tally } };
}

/** Events carry the correlation id that the page sent along: so it knows its own. */
function located(log: CommandLog, events: readonly LogEvent[]): CommandLog {
  const positions = new Map(
    events.map(({ metadata, position }) => [metadata["correlationId"], position]),
  );
  let found = false;
  const entries = log.entries.map((entry) => {
    const position = entry.sent && positions.get(entry.sent.correlationId);
    if (position === undefined || entry.position !== undefined) return entry;
    found = true;
    return { ...entry, position };
  });
  return found ? { ...log, entries } : log;
}
