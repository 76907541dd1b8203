import type {
  Follower,
  Lease,
  LeaseRequest,
  PartitionProgress,
  Step,
} from "@counterpoint/read-model";
import { checkpointMoved, fenced, otherVersion } from "@counterpoint/read-model";
import type { Driver, Row, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";

/** The row of one partition, locked for the rest of the transaction. */
export interface LockedPartition {
  readonly version: number;
  readonly partition: number;
  readonly position: number;
  readonly epoch: number;
  readonly owner: string | null;
}

/** Keeps who may move the checkpoints of followers, and how far they are. The database's clock says when a lease ends. */
export class Progress {
  readonly #driver: Driver;
  readonly #sql: Record<
    | "load"
    | "acquire"
    | "renew"
    | "release"
    | "halt"
    | "clearHalt"
    | "lock"
    | "move"
    | "remove"
    | "divide",
    Statement
  >;

  constructor(driver: Driver, schema: string) {
    this.#driver = driver;
    const table = `${schema}.projections`;
    const held = "name = $1 and partition = $2::integer and owner = $3 and epoch = $4::bigint";
    const epoch = `nextval('${schema}.epochs')`;
    const halted = "case when status = 'stopped' then error end";
    const until = (param: string): string =>
      `clock_timestamp() + ${param}::double precision * interval '1 millisecond'`;
    const lease = `epoch, position, ${halted}, (select count(*) from ${table} where name = $1)`;
    this.#sql = {
      load: statement(
        `select version, partition, position, epoch, case when lease_until > clock_timestamp() then owner end, ${halted}
         from ${table} where name = $1 and not inline order by partition`,
      ),
      acquire: statement(
        `update ${table} set owner = $3, epoch = ${epoch}, lease_until = ${until("$4")}
         where name = $1 and version = $5::integer and partition = $2::integer and not inline
           and (owner is null or owner = $3 or lease_until <= clock_timestamp())
         returning ${lease}`,
      ),
      renew: statement(
        `update ${table} set lease_until = ${until("$5")} where ${held} returning ${lease}`,
      ),
      release: statement(`update ${table} set owner = null, lease_until = null where ${held}`),
      halt: statement(
        `update ${table} set status = 'stopped', error = $5 where ${held} returning 1`,
      ),
      clearHalt: statement(
        `update ${table} set status = 'building', error = null where name = $1 and status = 'stopped'`,
      ),
      lock: statement(
        `select version, partition, position, epoch, owner from ${table}
         where name = $1 order by partition for update`,
      ),
      move: statement(
        `update ${table} set position = $3::bigint where name = $1 and partition = $2::integer`,
      ),
      remove: statement(`delete from ${table} where name = $1`),
      divide: statement(
        `insert into ${table} (name, version, partition, position, epoch)
         select $1, $2::integer, n, $4::bigint, ${epoch} from generate_series(0, $3::integer - 1) n`,
      ),
    };
  }

  async load(name: string): Promise<readonly PartitionProgress[]> {
    const rows = await this.#driver.run(this.#sql.load, [name]);
    return rows.map(([version, partition, position, epoch, owner, halted]) => ({
      version: Number(version),
      ...{ partition: Number(partition), position: Number(position), epoch: Number(epoch) },
      ...(owner != null && { owner }),
      ...(halted != null && { halted }),
    }));
  }

  async acquire(
    { name, version }: Pick<Follower, "name" | "version">,
    { partition, owner, leaseMs }: LeaseRequest,
  ): Promise<Lease | undefined> {
    const params = [name, partition, owner, leaseMs, version];
    const [row] = await this.#driver.run(this.#sql.acquire, params);
    return row && leaseOf({ name, partition, owner }, row);
  }

  async renew(lease: Lease, leaseMs: number): Promise<Lease | undefined> {
    const [row] = await this.#driver.run(this.#sql.renew, [...heldBy(lease), leaseMs]);
    return row && leaseOf(lease, row);
  }

  async release(lease: Lease): Promise<void> {
    await this.#driver.run(this.#sql.release, heldBy(lease));
  }

  async halt(lease: Lease, reason: string): Promise<void> {
    const [row] = await this.#driver.run(this.#sql.halt, [...heldBy(lease), reason]);
    if (!row) throw fenced(lease);
  }

  async clearHalt(name: string): Promise<void> {
    await this.#driver.run(this.#sql.clearHalt, [name]);
  }

  /** Locks all partitions of a follower, in one order for all. */
  async lock(tx: Session, name: string): Promise<readonly LockedPartition[]> {
    const rows = await tx.run(this.#sql.lock, [name]);
    return rows.map(([version, partition, position, epoch, owner]) => ({
      version: Number(version),
      partition: Number(partition),
      position: Number(position),
      epoch: Number(epoch),
      owner: owner ?? null,
    }));
  }

  /**
   * Locks what a step moves.
   *
   * @returns Moves it.
   * @throws {ReadModelError} `FENCED`, `UNAVAILABLE` or `CHECKPOINT_MOVED`.
   */
  async take(
    tx: Session,
    follower: Pick<Follower, "name" | "version">,
    { from, to, lease }: Step,
  ): Promise<() => Promise<void>> {
    const { name } = follower;
    const partition = lease?.partition ?? 0;
    const found = (await this.lock(tx, name)).find((one) => one.partition === partition);
    if (lease) assertHeld(lease, found);
    else assertVersion(follower, found);
    if (found?.position !== from) throw checkpointMoved(follower, from, found?.position ?? 0);
    return async () => void (await tx.run(this.#sql.move, [name, partition, to]));
  }

  async remove(tx: Session, name: string): Promise<void> {
    await tx.run(this.#sql.remove, [name]);
  }

  /** Divides anew, all from one position, under an epoch that nobody holds. */
  async divide(
    tx: Session,
    { name, version }: Pick<Follower, "name" | "version">,
    { partitions, position }: { readonly partitions: number; readonly position: number },
  ): Promise<void> {
    await this.remove(tx, name);
    await tx.run(this.#sql.divide, [name, version, partitions, position]);
  }
}

/** @throws {ReadModelError} `FENCED` when the partition is held by somebody else, or is gone. */
export function assertHeld(
  lease: Lease,
  found: Pick<LockedPartition, "epoch" | "owner"> | undefined,
): void {
  if (found?.epoch !== lease.epoch || found.owner !== lease.owner) throw fenced(lease);
}

/** @throws {ReadModelError} `UNAVAILABLE` when another version is kept. */
export function assertVersion(
  follower: Pick<Follower, "name" | "version">,
  found: Pick<LockedPartition, "version"> | undefined,
): void {
  if (found && found.version !== follower.version) throw otherVersion(follower, found.version);
}

function heldBy({ name, partition, owner, epoch }: Lease): (string | number)[] {
  return [name, partition, owner, epoch];
}

function leaseOf(
  { name, partition, owner }: Pick<Lease, "name" | "partition" | "owner">,
  [epoch, position, halted, partitions]: Row,
): Lease {
  return {
    ...{ name, partition, owner },
    ...{ epoch: Number(epoch), position: Number(position), partitions: Number(partitions) },
    ...(halted != null && { halted }),
  };
}
