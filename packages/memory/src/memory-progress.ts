import type { Clock } from "@counterpoint/events";
import type {
  Follower,
  Lease,
  LeaseRequest,
  PartitionProgress,
  Step,
} from "@counterpoint/read-model";
import { checkpointMoved, fenced, otherVersion } from "@counterpoint/read-model";

type Named = Pick<Follower, "name" | "version">;

interface Partition {
  position: number;
  epoch: number;
  owner: string | undefined;
  leaseEndsAtMs: number;
  halted: string | undefined;
}

interface Kept {
  readonly version: number;
  readonly partitions: readonly Partition[];
}

/** Keeps checkpoints, and who may move them. */
export class MemoryProgress {
  readonly #clock: Clock;
  readonly #followers = new Map<string, Kept>();
  /** Of all followers: a name that is given anew must not be given old epochs. */
  #lastEpoch = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns The partitions; made when there are none. */
  of({ name, version }: Named): readonly Partition[] {
    const kept = this.#followers.get(name) ?? { version, partitions: [freshPartition(0)] };
    this.#followers.set(name, kept);
    return kept.partitions;
  }

  /** The version that is kept; `undefined` when there is none. */
  versionOf(name: string): number | undefined {
    return this.#followers.get(name)?.version;
  }

  /** @throws {ReadModelError} `UNAVAILABLE` when another version is kept. */
  assertVersion(follower: Named): void {
    const kept = this.versionOf(follower.name);
    if (kept !== undefined && kept !== follower.version) throw otherVersion(follower, kept);
  }

  /** Divides anew, all from one position. Leases are lost. */
  divide({ name, version }: Named, partitions: number, position: number): void {
    const fresh = Array.from({ length: partitions }, () => ({
      ...freshPartition(position),
      epoch: ++this.#lastEpoch,
    }));
    this.#followers.set(name, { version, partitions: fresh });
  }

  remove(name: string): void {
    this.#followers.delete(name);
  }

  progress(name: string): readonly PartitionProgress[] {
    const { version = 0, partitions = [] } = this.#followers.get(name) ?? {};
    return partitions.map((one, partition) => ({
      ...{ version, partition, position: one.position, epoch: one.epoch },
      ...(one.owner !== undefined && this.#holds(one) && { owner: one.owner }),
      ...(one.halted !== undefined && { halted: one.halted }),
    }));
  }

  acquire({ name, version }: Named, request: LeaseRequest): Lease | undefined {
    const { partition, owner, leaseMs } = request;
    if (this.versionOf(name) !== version) return undefined;
    const found = this.#followers.get(name)?.partitions[partition];
    if (!found || (this.#holds(found) && found.owner !== owner)) return undefined;
    found.epoch = ++this.#lastEpoch;
    found.owner = owner;
    found.leaseEndsAtMs = this.#clock.now() + leaseMs;
    return this.#leaseOf(name, partition, found, owner);
  }

  renew(lease: Lease, leaseMs: number): Lease | undefined {
    const found = this.#held(lease);
    if (!found) return undefined;
    found.leaseEndsAtMs = this.#clock.now() + leaseMs;
    return this.#leaseOf(lease.name, lease.partition, found, lease.owner);
  }

  release(lease: Lease): void {
    const found = this.#held(lease);
    if (found) found.owner = undefined;
  }

  halt(lease: Lease, reason: string): void {
    const found = this.#held(lease);
    if (!found) throw fenced(lease);
    found.halted = reason;
  }

  clearHalt(name: string): void {
    for (const partition of this.#followers.get(name)?.partitions ?? []) {
      partition.halted = undefined;
    }
  }

  /**
   * @returns A function that moves the checkpoint; nothing can fail any more when it is called.
   * @throws {ReadModelError} `FENCED`, `UNAVAILABLE` or `CHECKPOINT_MOVED`.
   */
  check(follower: Named, { from, to, lease }: Step): () => void {
    if (!lease) this.assertVersion(follower);
    const found = lease ? this.#held(lease) : this.of(follower)[0];
    if (!found) throw fenced(lease!); // only a lease can have been lost
    if (found.position !== from) throw checkpointMoved(follower, from, found.position);
    return () => void (found.position = to);
  }

  /** Whoever has the epoch has the lease, until somebody else takes it: that it has run out only allows them to. */
  #held({ name, partition, owner, epoch }: Lease): Partition | undefined {
    const found = this.#followers.get(name)?.partitions[partition];
    return found?.epoch === epoch && found.owner === owner ? found : undefined;
  }

  /** @throws {ReadModelError} `FENCED` */
  assertHeld(lease: Lease): void {
    if (!this.#held(lease)) throw fenced(lease);
  }

  #holds({ owner, leaseEndsAtMs }: Partition): boolean {
    return owner !== undefined && leaseEndsAtMs > this.#clock.now();
  }

  #leaseOf(name: string, partition: number, found: Partition, owner: string): Lease {
    const { epoch, position, halted } = found;
    const partitions = this.#followers.get(name)!.partitions.length; // that is where it was found
    const lease = { name, partition, partitions, owner, epoch, position };
    return halted === undefined ? lease : { ...lease, halted };
  }
}

function freshPartition(position: number): Partition {
  return { position, epoch: 0, owner: undefined, leaseEndsAtMs: 0, halted: undefined };
}
