import type { EventReport, StepReport, StrategyReport } from "../../../server/ordering/messages.ts";
import type { TransactionName } from "../../../server/ordering/schedules.ts";

/** A transaction on the axis of time, in milliseconds. */
export interface Lane {
  readonly name: TransactionName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly end: "commit" | "rollback";
  /** When it wrote something that has nothing to do with the log. */
  readonly elsewhereMs?: number;
  /** When it stood behind another one. */
  readonly wait?: { readonly fromMs: number; readonly toMs: number; readonly for: TransactionName };
  /** When it drew a position, and what became of the event. */
  readonly event?: Pick<EventReport, "position" | "became"> & { readonly ms: number };
}

/** One poll of the reader, and the positions that it gave. */
export interface Look {
  readonly ms: number;
  readonly positions: readonly number[];
}

/** Finds the transactions of a play, in the order in which they began. */
export function lanesOf({ steps, events }: StrategyReport): readonly Lane[] {
  return steps.flatMap((step) => {
    if (step.does !== "begin" || step.who === "reader") return [];
    const name = step.who;
    const mine = steps.filter(({ who }) => who === name);
    const end = mine.at(-1);
    if (!end) return [];
    const written = stepOf(mine, "append");
    const waited = mine.find(({ waited_for }) => waited_for !== null);
    const elsewhere = stepOf(mine, "write elsewhere");
    const event = events.find(({ transaction }) => transaction === name);
    return {
      ...{ name, fromMs: step.began_ms, toMs: end.done_ms },
      end: end.does === "rollback" ? ("rollback" as const) : ("commit" as const),
      ...(elsewhere && { elsewhereMs: elsewhere.done_ms }),
      ...(waited?.waited_for && {
        wait: { fromMs: waited.began_ms, toMs: waited.done_ms, for: waited.waited_for },
      }),
      ...(written &&
        event && {
          event: { ms: written.done_ms, position: event.position, became: event.became },
        }),
    };
  });
}

/** Finds the polls of the reader. */
export function looksOf({ steps, events }: StrategyReport): readonly Look[] {
  const positionOf = (name: TransactionName) =>
    events.find(({ transaction }) => transaction === name)?.position ?? 0;
  return steps
    .filter(({ does }) => does === "poll")
    .map(({ done_ms, saw }) => ({ ms: done_ms, positions: saw.map(positionOf) }));
}

/** An axis that has room for all plays, with a handful of round ticks. */
export function axisOf(plays: readonly StrategyReport[]): {
  readonly endMs: number;
  readonly ticksMs: readonly number[];
} {
  const longest = Math.max(1, ...plays.map(({ took_ms }) => took_ms));
  const power = 10 ** Math.floor(Math.log10(longest / 4));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n * 5 >= longest) ?? longest;
  const count = Math.max(1, Math.ceil(longest / step));
  return {
    endMs: count * step,
    ticksMs: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

function stepOf(steps: readonly StepReport[], act: StepReport["does"]): StepReport | undefined {
  return steps.find(({ does }) => does === act);
}
