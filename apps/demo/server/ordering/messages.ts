import { command } from "@counterpoint/bus";
import { z } from "zod";
import { ACTS, SCHEDULES, TRANSACTIONS } from "./schedules.ts";

/** Four ways to read a log in order, or to believe so. */
export const STRATEGIES = ["naive", "registry", "serialized", "fence"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

const ms = z.number().min(0).describe("Milliseconds since the strategy's first step.");
const transaction = z.enum(TRANSACTIONS);
const transactions = z.array(transaction);

/** What became of one step of the schedule. */
const StepReport = z.object({
  who: z.enum([...TRANSACTIONS, "reader"]),
  does: z.enum(ACTS),
  began_ms: ms,
  done_ms: ms,
  waited_for: transaction.nullable().describe("The transaction that it was seen to wait for."),
  position: z.int().nullable().describe("What an append has drawn."),
  saw: transactions.describe("Whose events a poll has given, in that order."),
});
export type StepReport = Readonly<z.infer<typeof StepReport>>;

/** What became of the event that one transaction has appended. */
const EventReport = z.object({
  transaction,
  stream: z.string(),
  version: z.int().min(1),
  position: z.int().min(1),
  became: z
    .enum(["seen", "lost", "held back", "rolled back"])
    .describe("Lost: committed behind the reader's cursor, so that no later poll will give it."),
  committed_ms: ms.nullable(),
  seen_ms: ms.nullable(),
  held_back_ms: z
    .number()
    .min(0)
    .describe("From the first poll after its commit to the one that gave it."),
});
export type EventReport = Readonly<z.infer<typeof EventReport>>;

const StrategyReport = z.object({
  strategy: z.enum(STRATEGIES),
  took_ms: ms,
  steps: z.array(StepReport),
  events: z.array(EventReport),
  read: transactions.describe("Whose events the reader got, in that order."),
  lost: transactions,
  out_of_order: transactions.describe("Whose events came after one with a higher position."),
  cost: z.object({
    writers_waited_ms: z.number().min(0).describe("How long writers stood behind each other."),
    held_back_events: z
      .int()
      .min(0)
      .describe("The most committed events that a poll had to leave for a later one."),
    held_back_ms: z.number().min(0).describe("The longest that one event was left for later."),
    locks_per_append: z.int().min(0).describe("Advisory locks that an append holds to its end."),
  }),
  disturbed: z
    .boolean()
    .describe("Whether transactions of others held the reader back beyond patience."),
});
export type StrategyReport = Readonly<z.infer<typeof StrategyReport>>;

const ExperimentReport = z.object({
  schedule: z.enum(SCHEDULES),
  strategies: z.array(StrategyReport),
});
export type ExperimentReport = Readonly<z.infer<typeof ExperimentReport>>;

const listed = SCHEDULES.map((name) => `"${name}"`).join(", ");

/** Plays one schedule of transactions four times on the real server, once for each way to read the log in order. */
export const RunOrderingExperiment = command("RunOrderingExperiment", {
  payload: z.strictObject({ schedule: z.enum(SCHEDULES, `schedule must be one of ${listed}`) }),
  result: ExperimentReport,
});
