import type { EventLog, EventStore } from "@counterpoint/events";
import type { Follower, Lease, Projection, ProjectionStore } from "@counterpoint/read-model";
import { eventsOf } from "@counterpoint/read-model";
import type { CaseSetup, OpenOptions } from "../contract-case.ts";
import { manualTime } from "../manual-time.ts";
import { fail } from "../node.ts";
import { deposits } from "../sample-domain.ts";

export type ReadSideStore = EventStore & EventLog & ProjectionStore;

/** What a case about leases, partitions and dead letters works with. */
export interface StoreBench {
  readonly store: ReadSideStore;
  /** The same data, as another process sees it. */
  readonly other: ReadSideStore;
  /** Lets time pass by the store's clock. */
  pass(ms: number): Promise<void>;
  /** Appends one deposit for each account named. @returns Their positions. */
  deposit(...accounts: readonly string[]): Promise<readonly number[]>;
  /** Takes a partition that must be free. */
  take(follower: Follower, owner: string, partition?: number): Promise<Lease>;
}

/** Long enough for whatever a case does under a lease, also on a slow machine. */
export const LEASE_MS = 60_000;

/** Follows all events by their streams, and has no documents. */
export const follower: Follower = { name: "followed", version: 1, keyOf: ({ stream }) => stream };

/** Sets up a case with a clock of its own and a second store on the same data. */
export function benched(
  play: (on: StoreBench) => Promise<void>,
  options: OpenOptions = {},
): CaseSetup<ReadSideStore> {
  return {
    prepare() {
      const time = manualTime();
      return [
        { ...options, clock: time },
        async (store, opened) => {
          const other = (await opened.another?.()) ?? store;
          await play({
            store,
            other,
            pass: async (ms) => void (await Promise.all([time.advance(ms), opened.pass?.(ms)])),
            async deposit(...names) {
              const positions: number[] = [];
              for (const name of names) {
                const append = { stream: `account-${name}`, events: deposits(name, 1) };
                positions.push((await store.append(append)).position);
              }
              return positions;
            },
            async take(follower, owner, partition = 0) {
              const request = { partition, owner, leaseMs: LEASE_MS };
              const lease = await store.acquire(follower, request);
              return lease ?? fail(`${owner} cannot take partition ${partition}`);
            },
          });
        },
      ];
    },
  };
}

/** Applies what is left of the log to one partition, up to a position, under a lease. */
export async function applyUpTo(
  store: ReadSideStore,
  projection: Projection,
  lease: Lease,
  to: number,
): Promise<void> {
  const progress = await store.loadProgress(projection);
  const from = progress[lease.partition]?.position ?? lease.position; // it may be gone, and the lease with it
  const { events } = await store.readLog({ after: from, limit: 1_000 });
  const due = events.filter(({ position }) => position <= to);
  await store.applyBatch({ projection, events: eventsOf(projection, due, lease), from, to, lease });
}
