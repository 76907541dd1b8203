import type { EventReport, StepReport, StrategyName, StrategyReport } from "./messages.ts";
import type { TransactionName } from "./schedules.ts";
import type { Appended } from "./strategies.ts";

/** A moment: its place among all that happened, and its time since the first step. */
export interface Moment {
  readonly nth: number;
  readonly ms: number;
}

/** The event of a transaction, and what became of it. */
export interface Written extends Appended {
  readonly transaction: TransactionName;
  readonly stream: string;
  committed?: Moment;
  /** When the reader got it. */
  seen?: Moment;
  /** Whether the reader's cursor had passed it at the end. */
  isPassed: boolean;
}

/** What was seen while one strategy was played. */
export interface Play {
  readonly strategy: StrategyName;
  readonly tookMs: number;
  readonly steps: readonly StepReport[];
  readonly written: readonly Written[];
  /** When each poll was over. */
  readonly polls: readonly Moment[];
  readonly read: readonly TransactionName[];
  readonly locksPerAppend: number;
  readonly isDisturbed: boolean;
}

/** Says what a play has come to: what the reader lost, and what each side has paid. */
export function reportOf(play: Play): StrategyReport {
  const { strategy, tookMs, steps, written, polls, read, locksPerAppend, isDisturbed } = play;
  const events = written.map((event) => eventReportOf(event, polls));
  const became = (what: EventReport["became"]) =>
    events.flatMap((event) => (event.became === what ? event.transaction : []));
  const lost = became("lost");
  const isKept = ({ transaction }: Written) => !lost.includes(transaction);
  return {
    strategy,
    took_ms: tookMs,
    steps: [...steps],
    events,
    read: [...read],
    lost,
    out_of_order: outOfOrder(written),
    cost: {
      writers_waited_ms: steps.reduce(
        (sum, { waited_for, began_ms, done_ms }) =>
          sum + (waited_for === null ? 0 : done_ms - began_ms),
        0,
      ),
      held_back_events: Math.max(
        0,
        ...polls.map((poll) => written.filter(isKept).filter((each) => isLeft(each, poll)).length),
      ),
      held_back_ms: Math.max(0, ...events.map(({ held_back_ms }) => held_back_ms)),
      locks_per_append: locksPerAppend,
    },
    disturbed: isDisturbed,
  };
}

/** Tells whether a poll could have given an event, and has left it for a later one. */
function isLeft({ committed, seen }: Written, poll: Moment): boolean {
  return committed !== undefined && committed.nth < poll.nth && (seen?.nth ?? Infinity) > poll.nth;
}

function eventReportOf(event: Written, polls: readonly Moment[]): EventReport {
  const { transaction, stream, version, position, committed, seen, isPassed } = event;
  const became = !committed ? "rolled back" : seen ? "seen" : isPassed ? "lost" : "held back";
  const isWaited = became === "seen" || became === "held back";
  const first = polls.find(({ nth }) => committed !== undefined && nth > committed.nth);
  const last = seen ?? polls.at(-1);
  return {
    ...{ transaction, stream, version, position, became },
    committed_ms: committed?.ms ?? null,
    seen_ms: seen?.ms ?? null,
    held_back_ms: isWaited && first && last ? Math.max(0, last.ms - first.ms) : 0,
  };
}

/** Whose events the reader got after one with a higher position. */
function outOfOrder(written: readonly Written[]): TransactionName[] {
  const late = written.filter(({ position, seen }) =>
    written.some((other) => {
      if (!seen || !other.seen || other.position <= position) return false;
      return other.seen.nth < seen.nth;
    }),
  );
  return late.map(({ transaction }) => transaction);
}
