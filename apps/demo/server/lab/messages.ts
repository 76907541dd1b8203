import { command, query } from "@counterpoint/bus";
import { z } from "zod";
import { LEAST_COMMANDS, MOST_COMMANDS, MOST_INLINE } from "./burst/limits.ts";
import { CRASHES, POLICIES, WAKE_UPS } from "./faults.ts";
import { REBUILD_MODES } from "./rebuilds.ts";
import { deadLetterList, labStatus, retriedLetters } from "./status.ts";

export const GetLabStatus = query("GetLabStatus", { result: labStatus });

const MAX_DELAY_MS = 60_000;
const delay = `delay_ms must be a whole number from 0 to ${MAX_DELAY_MS}`;

/** Holds events back from the projector until they are this old. */
export const SetProjectorDelay = command("SetProjectorDelay", {
  payload: z.strictObject({
    delay_ms: z.number(delay).int(delay).min(0, delay).max(MAX_DELAY_MS, delay),
  }),
});

export const PauseProjector = command("PauseProjector");

export const ResumeProjector = command("ResumeProjector");

/**
 * Builds the eventual read model anew from the log: in place, where readers see it grow from nothing, or beside, while the
 * old one answers.
 */
export const RebuildReadModel = command("RebuildReadModel", {
  payload: z.strictObject({ mode: oneOf("mode", REBUILD_MODES).default("in place") }),
});

/** Lets the worker die on the next batch that it applies, once. */
export const SetCrash = command("SetCrash", {
  payload: z.strictObject({ crash: oneOf("crash", CRASHES) }),
});

/** Has every batch delivered to the store twice. */
export const SetDuplicates = command("SetDuplicates", {
  payload: z.strictObject({ duplicates: z.boolean("duplicates must be true or false") }),
});

/** Says how wake-ups come to the workers. */
export const SetWakeUps = command("SetWakeUps", {
  payload: z.strictObject({ wake_ups: oneOf("wake_ups", WAKE_UPS) }),
});

/** Plants the bug in the eventual model's code, or repairs it. */
export const SetBug = command("SetBug", {
  payload: z.strictObject({ bug: z.boolean("bug must be true or false") }),
});

/** Says what becomes of an event that cannot be applied. The workers start anew with it. */
export const SetPoisonPolicy = command("SetPoisonPolicy", {
  payload: z.strictObject({ policy: oneOf("policy", POLICIES) }),
});

/** Starts another worker, which stands by. */
export const AddWorker = command("AddWorker");

/** Ends the worker that leads, as `kill -9` would. */
export const KillLeader = command("KillLeader");

const size = `commands must be a whole number from ${LEAST_COMMANDS} to ${MOST_COMMANDS}`;
const inline = `inline must be a whole number from 0 to ${MOST_INLINE}`;

/**
 * Sends many commands, at most 500 a second. With one inline projection they go to the demo's own store; with any other
 * number, to a store that is made for the burst and thrown away afterwards.
 */
export const StartBurst = command("StartBurst", {
  payload: z.strictObject({
    commands: z.number(size).int(size).min(LEAST_COMMANDS, size).max(MOST_COMMANDS, size),
    inline: z.number(inline).int(inline).min(0, inline).max(MOST_INLINE, inline).default(1),
  }),
});

/** Ends the burst that is under way, if there is one. */
export const CancelBurst = command("CancelBurst");

/** Repairs everything, retries what was set aside, and goes back to a single worker. */
export const ResetLab = command("ResetLab");

export const ListDeadLetters = query("ListDeadLetters", { result: deadLetterList });

const position = z
  .number("position must be a whole number from 1")
  .int("position must be a whole number from 1")
  .min(1, "position must be a whole number from 1");

/** Applies one letter now. */
export const RetryDeadLetter = command("RetryDeadLetter", {
  payload: z.strictObject({ position }),
});

/** Applies all letters, oldest first; those that fail again stay, with what waits behind them. */
export const RetryAllDeadLetters = command("RetryAllDeadLetters", {
  result: retriedLetters,
});

/** Gives one letter up. */
export const DiscardDeadLetter = command("DiscardDeadLetter", {
  payload: z.strictObject({
    position,
    reason: z
      .string("reason is required")
      .trim()
      .min(1, "reason is required")
      .max(200, "reason must have at most 200 characters"),
  }),
});

function oneOf<const TNames extends readonly string[]>(label: string, names: TNames) {
  const listed = names.map((name) => `"${name}"`).join(", ");
  return z.enum(names, `${label} must be one of ${listed}`);
}
