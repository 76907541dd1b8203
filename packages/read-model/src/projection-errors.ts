import type { Projection } from "./projection.ts";
import { ReadModelError } from "./read-model-error.ts";

/** How far a read model is behind the log. */
export interface Lag {
  /** Head position minus checkpoint. Positions have gaps, so it is a bound, not a count. */
  readonly events: number;
  /** Age of the oldest event that is not applied, in milliseconds; 0 when there is none. */
  readonly ms: number;
}

export function staleError(
  { name }: Projection,
  position: number,
  wanted: number,
  lag: Lag | undefined,
): ReadModelError<"STALE"> {
  const behind = lag ? `, ${lag.ms} ms behind the log` : "";
  return new ReadModelError(
    "STALE",
    `${name} is at position ${position}${behind}; ${wanted} was asked for.`,
    { details: { projection: name, position, wanted, lag } },
  );
}

export function stoppedError(
  { name }: Projection,
  position: number,
  cause: ReadModelError,
): ReadModelError<"PROJECTION_STOPPED"> {
  return new ReadModelError("PROJECTION_STOPPED", `${name} has stopped: ${cause.message}`, {
    cause,
    details: { projection: name, position },
  });
}

export function notRunningError({ name }: Projection): ReadModelError<"NOT_RUNNING"> {
  return new ReadModelError("NOT_RUNNING", `The projector of ${name} is not started.`);
}
