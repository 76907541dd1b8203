import type { Follower, Lease } from "./follower.ts";
import { ReadModelError } from "./read-model-error.ts";

/** Makes the error for a worker whose lease was lost. */
export function fenced({ name, partition, owner }: Lease): ReadModelError<"FENCED"> {
  return new ReadModelError(
    "FENCED",
    `${owner} has lost its lease on partition ${partition} of ${name}; another worker may have gone on.`,
    { details: { projection: name, partition } },
  );
}

/** Makes the error for a step that does not continue the checkpoint. */
export function checkpointMoved(
  { name }: Pick<Follower, "name">,
  expected: number,
  actual: number,
): ReadModelError<"CHECKPOINT_MOVED"> {
  return new ReadModelError(
    "CHECKPOINT_MOVED",
    `${name} is at ${actual}, but the batch continues ${expected}.`,
    { details: { projection: name, expected, actual } },
  );
}

/** Makes the error for what is kept in another version than the one at hand. */
export function otherVersion(
  { name, version }: Pick<Follower, "name" | "version">,
  kept: number,
): ReadModelError<"UNAVAILABLE"> {
  const cure =
    kept > version ? "it is out of date" : "the new one is built beside before it takes its place";
  return new ReadModelError(
    "UNAVAILABLE",
    `${name} is kept in version ${kept}, and this process has version ${version}: ${cure}.`,
    { details: { projection: name, version, kept } },
  );
}

/** Makes the error for an event that was to wait behind a parked one, when there is none any more. */
export function nothingParked(
  { name }: Pick<Follower, "name">,
  position: number,
): ReadModelError<"DEAD_LETTER_NOT_FOUND"> {
  return new ReadModelError(
    "DEAD_LETTER_NOT_FOUND",
    `${name} has no parked letter that position ${position} could wait behind.`,
    { details: { projection: name, position } },
  );
}
