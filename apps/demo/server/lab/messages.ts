import { command, query, type } from "@counterpoint/bus";
import type { Lag, RunState } from "@counterpoint/read-model";
import { z } from "zod";
import type { CheckpointMove } from "./checkpoint-moves.ts";

/** How one of the two read models is doing. */
export interface ModelStatus {
  readonly name: string;
  readonly consistency: "sync" | "eventual";
  readonly state: RunState | "inline";
  /** The position up to which the read model is built. */
  readonly position: number;
  readonly lag: Lag;
  readonly error?: string;
}

export interface LabStatus {
  readonly store: string;
  /** The highest position that readers may see. */
  readonly head: number;
  readonly delay_ms: number;
  readonly models: readonly ModelStatus[];
  /** When the checkpoint of the eventual model last moved, oldest first. */
  readonly moves: readonly CheckpointMove[];
}

export const GetLabStatus = query("GetLabStatus", { result: type<LabStatus>() });

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

/** Empties the eventual read model and replays the log into it. */
export const RebuildReadModel = command("RebuildReadModel");
