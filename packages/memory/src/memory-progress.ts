import type { Clock } from "@counterpoint/events";
import type {
  Follower,
  Lease,
  LeaseRequest,
  PartitionProgress,
  Step,
} from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";

interface Partition {
  position: number;
  epoch: number;
  owner: string | undefined;
  leaseEndsAtMs: number;
  halted: string | undefined;
}

/** Keeps checkpoints, and who may move them. */
export class MemoryProgress {
  readonly #clock: Clock;
  readonly #followers = new Map<string, Partition[]>();
  /** Of all followers: a name that is given anew must not be given old epochs. */
  #lastEpoch = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns The partitions; made when there are none. */
  of(name: string): readonly Partition[] {
    const partitions = this.#followers.get(name) ?? [freshPartition(0)];
    this.#followers.set(name, partitions);
    return partitions;
  }

  has(name: string): boolean {
    return this.#followers.has(name);
  }

  /** Divides anew, all from one position. Leases are lost. */
  divide(name: string, partitions: number, position: number): void {
    const fresh = Array.from({ length: partitions }, () => ({
      ...freshPartition(position),
      epoch: ++this.#lastEpoch,
    }));
    this.#followers.set(name, fresh);
  }

  remove(name: string): void {
    this.#followers.delete(name);
  }

  progress(name: string): readonly PartitionProgress[] {
    if (!this.has(name)) return [];
    return this.of(name).map((one, partition) => ({
      ...{ partition, position: one.position, epoch: one.epoch },
      ...(one.owner !== undefined && this.#holds(one) && { owner: one.owner }),
      ...(one.halted !== undefined && { halted: one.halted }),
    }));
  }

  acquire({ name }: Pick<Follower, "name">, request: LeaseRequest): Lease | undefined {
    const { partition, owner, leaseMs } = request;
    const found = this.#followers.get(name)?.[partition];
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
    if (this.has(name)) for (const partition of this.of(name)) partition.halted = undefined;
  }

  /**
   * @returns A function that moves the checkpoint; nothing can fail any more when it is called.
   * @throws {ReadModelError} `FENCED` or `CHECKPOINT_MOVED`.
   */
  check(name: string, { from, to, lease }: Step): () => void {
    const found = lease ? this.#held(lease) : this.of(name)[0];
    if (!found) throw fenced(lease!); // only a lease can have been lost
    if (found.position !== from) {
      throw new ReadModelError(
        "CHECKPOINT_MOVED",
        `${name} is at ${found.position}, but the batch continues ${from}.`,
        { details: { projection: name, expected: from, actual: found.position } },
      );
    }
    return () => void (found.position = to);
  }

  /** Whoever has the epoch has the lease, until somebody else takes it: that it has run out only allows them to. */
  #held({ name, partition, owner, epoch }: Lease): Partition | undefined {
    const found = this.#followers.get(name)?.[partition];
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
    const partitions = this.of(name).length;
    const lease = { name, partition, partitions, owner, epoch, position };
    return halted === undefined ? lease : { ...lease, halted };
  }
}

function freshPartition(position: number): Partition {
  return { position, epoch: 0, owner: undefined, leaseEndsAtMs: 0, halted: undefined };
}

function fenced({ name, partition, owner }: Lease): ReadModelError<"FENCED"> {
  return new ReadModelError(
    "FENCED",
    `${owner} has lost its lease on partition ${partition} of ${name}; another worker may have gone on.`,
    { details: { projection: name, partition } },
  );
}
