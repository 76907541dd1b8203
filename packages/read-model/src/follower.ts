import type { RecordedEvent } from "@counterpoint/events";
import { keyOf } from "./event-key.ts";

/** What follows the log under a checkpoint of its own: a projection, or a reaction. */
export interface Follower {
  /** Names its checkpoint, and for a projection its table. */
  readonly name: string;
  /** Grows when what it does with events changes: then a read model is built anew, beside the one that answers. Integer ≥ 1. */
  readonly version: number;
  /** Names what an event concerns, by 1 to 512 characters; events of one key are handled in order. `undefined`: the event is passed over. */
  keyOf(event: RecordedEvent): string | undefined;
}

/**
 * The right to work on one partition, until it is lost to somebody else. That its time has run out only allows others to
 * take it: whoever has both the owner's name and the epoch has the lease.
 */
export interface Lease {
  readonly name: string;
  readonly partition: number;
  readonly partitions: number;
  readonly owner: string;
  /** Grows with each lease, and never begins anew, not even for a follower that was removed. Whoever writes under an older one is fenced off. */
  readonly epoch: number;
  /** The checkpoint when the lease was taken or renewed. */
  readonly position: number;
  /** Why the partition was halted, by whichever owner; it must not go on by itself. */
  readonly halted?: string;
}

/** How far one partition is, and who works on it. */
export interface PartitionProgress {
  /** The follower's, as the store keeps it. */
  readonly version: number;
  readonly partition: number;
  readonly position: number;
  readonly epoch: number;
  /** Absent when nobody holds a lease that is still good. */
  readonly owner?: string;
  readonly halted?: string;
}

/**
 * Assigns a key to one of a fixed number of partitions: FNV-1a over UTF-16 code units, the same in every process and version.
 *
 * @returns An integer in `[0, partitions)`.
 * @see https://datatracker.ietf.org/doc/draft-eastlake-fnv/
 */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}

/** Picks the events of one partition. One whose key cannot be told goes to partition 0, to fail there visibly. */
export function eventsOf(
  follower: Follower,
  events: readonly RecordedEvent[],
  { partition, partitions }: Pick<Lease, "partition" | "partitions">,
): readonly RecordedEvent[] {
  if (partitions === 1) return events;
  return events.filter((event) => partitionOfEvent(follower, event, partitions) === partition);
}

/** Assigns an event that cannot be upcast, by its key as it was recorded; where that cannot be told, to partition 0. */
export function partitionOfUnreadable(
  follower: Follower,
  event: RecordedEvent,
  partitions: number,
): number {
  return Math.max(0, partitionOfEvent(follower, event, partitions));
}

function partitionOfEvent(follower: Follower, event: RecordedEvent, partitions: number): number {
  try {
    const key = keyOf(follower, event);
    return key === undefined ? -1 : partitionOf(key, partitions);
  } catch {
    return 0;
  }
}
