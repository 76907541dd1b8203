import type {
  EventReport,
  StepReport,
  StrategyName,
  StrategyReport,
} from "../../../server/ordering/messages.ts";
import type { ScheduleName, TransactionName } from "../../../server/ordering/schedules.ts";
import { counted, formatMs } from "../ui/format.ts";

export const SCHEDULE_WORDS: Readonly<
  Record<ScheduleName, { readonly title: string; readonly tells: string }>
> = {
  "overtaken writer": {
    title: "Overtaken writer",
    tells: "A draws its position first and commits last. B draws the next one and commits at once.",
  },
  "unrelated transaction": {
    title: "Unrelated transaction",
    tells: "U writes something else, an import say, and stays open while A and B append.",
  },
  rollback: {
    title: "Rollback",
    tells: "A draws a position and gives up. The gap that it leaves is never filled.",
  },
  "first to begin": {
    title: "First to begin",
    tells: "A begins first. B appends to a stream and commits; then A appends to the same stream.",
  },
};

/** What each strategy does, and why that is right or wrong, in one sentence. */
export const STRATEGY_WORDS: Readonly<
  Record<StrategyName, { readonly title: string; readonly does: string }>
> = {
  naive: {
    title: "Naive cursor",
    does: "Asks for every position above the highest one it has seen; nothing tells it that a lower one may still be committed.",
  },
  registry: {
    title: "In-flight registry",
    does: "Every append says, by a lock that hinders nobody, how low it may draw; the reader stays below the lowest of them, so it waits for appends and for nothing else.",
  },
  serialized: {
    title: "Serialised append",
    does: "One append at a time: the next one waits until the one before has ended, so positions are committed in order, and even a naive cursor is right.",
  },
  fence: {
    title: "xmin fence",
    does: "Reads only what is older than the oldest open transaction, whatever that one is doing, and in the order of transactions instead of positions.",
  },
};

/** The verdict in a few words, and how it is meant. */
export function verdictOf({ strategy, lost, out_of_order, disturbed }: StrategyReport): {
  readonly kind: "good" | "lost" | "disorder" | "open";
  readonly text: string;
} {
  if (lost.length > 0) return { kind: "lost", text: `Loses ${lost.join(", ")}` };
  if (out_of_order.length > 0) {
    return { kind: "disorder", text: `Gives ${out_of_order.join(", ")} too late` };
  }
  if (disturbed) return { kind: "open", text: "Held back by others" };
  return { kind: "good", text: strategy === "naive" ? "Loses nothing here" : "Loses nothing" };
}

/** What happened, from what was measured. */
export function happenedInWords(report: StrategyReport): string {
  const { strategy, events, steps, disturbed } = report;
  const sentences = [
    ...events.filter(({ became }) => became === "lost").map((event) => lossOf(event, report)),
    ...report.out_of_order.map((name) => disorderOf(name, report)),
    ...steps.filter(({ waited_for }) => waited_for !== null).map(waitOf),
    ...(report.cost.held_back_events > 0 ? [heldBackOf(report)] : []),
    ...(strategy === "fence" && disturbed
      ? ["Transactions of others were open for too long; what is missing here is still to come."]
      : []),
    ...events
      .filter(({ became }) => became === "rolled back")
      .map(({ position }) => `Position ${position} stays a gap, and the reader has passed it.`),
  ];
  if (sentences.length > 0) return sentences.join(" ");
  return "Each event was read at the first look after its commit.";
}

function lossOf({ transaction, position }: EventReport, { events }: StrategyReport): string {
  const passed = events.filter((each) => each.position > position && each.became === "seen");
  const reached = Math.min(...passed.map((each) => each.position));
  return `${transaction} drew position ${position} and committed when the reader had seen ${reached} already: nobody will ever ask for it.`;
}

function disorderOf(name: TransactionName, { events }: StrategyReport): string {
  const late = events.find(({ transaction }) => transaction === name);
  const before = events.find(
    ({ stream, version }) => stream === late?.stream && version > late.version,
  );
  return before && late
    ? `The reader got version ${before.version} of ${late.stream} before version ${late.version}: the transaction of ${before.transaction} is the older one.`
    : `The reader got ${name} after something with a higher position.`;
}

function waitOf({ who, waited_for, began_ms, done_ms }: StepReport): string {
  return `${who} waited ${formatMs(done_ms - began_ms)} for ${waited_for ?? ""} before it could append.`;
}

function heldBackOf({ strategy, cost }: StrategyReport): string {
  const what = counted(cost.held_back_events, "event");
  const until =
    strategy === "fence"
      ? "until an older transaction had ended"
      : "until the append with the lower position had ended";
  const were = cost.held_back_events === 1 ? "was" : "were";
  return `${what} ${were} kept from the reader for ${formatMs(cost.held_back_ms)}, ${until}.`;
}

/** What one step of a play came to, for the table. */
export function stepInWords(step: StepReport, { steps, events }: StrategyReport): string {
  const { who, does, position, saw, waited_for, began_ms, done_ms } = step;
  if (does === "append") {
    const drawn = `draws ${position ?? "nothing"}`;
    if (waited_for === null) return drawn;
    return `waits ${formatMs(done_ms - began_ms)} for ${waited_for}, then ${drawn}`;
  }
  if (does === "poll") {
    if (saw.length === 0) return "gets nothing";
    const positionOf = (name: TransactionName) =>
      events.find(({ transaction }) => transaction === name)?.position ?? "?";
    return `gets ${saw.map(positionOf).join(", ")}`;
  }
  const before = steps.find((each) => each.who === who && each.waited_for !== null);
  const isQueued = before !== undefined && began_ms > before.began_ms && began_ms < before.done_ms;
  return isQueued ? "as soon as it has drawn" : "done";
}

/** Names a step: "A appends". */
export function stepTitle({ who, does }: Pick<StepReport, "who" | "does">): string {
  const verbs = {
    ...{ begin: "begins", append: "appends", "write elsewhere": "writes elsewhere" },
    ...{ hold: "works on", commit: "commits", rollback: "rolls back", poll: "looks" },
  } as const;
  return `${who === "reader" ? "The reader" : who} ${verbs[does]}`;
}
