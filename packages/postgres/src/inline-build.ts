import type { RecordedEvent } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";
import { foldBatch, keysOf, otherVersion, replacementOf } from "@counterpoint/read-model";
import type { Checkpoints } from "./checkpoints.ts";
import type { Driver, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { LogReader } from "./log-reader.ts";
import { codeOf } from "./postgres-errors.ts";
import type { Progress } from "./progress.ts";
import type { ReadModelTable } from "./read-model-table.ts";
import { Swap } from "./swap.ts";

export interface InlineBuildOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly reader: LogReader;
  readonly checkpoints: Checkpoints;
  readonly progress: Progress;
  readonly letters: DeadLetters;
}

/** Builds inline projections from the log, up to where appends can keep them. Any number of processes may do it at once. */
export class InlineBuild {
  readonly #options: InlineBuildOptions;
  readonly #sql: Record<"find" | "finish" | "keep", Statement>;

  constructor(options: InlineBuildOptions) {
    this.#options = options;
    const { schema } = options;
    const where = "where name = $1 and version = $2::integer";
    this.#sql = {
      find: statement(`select position, status from ${schema}.projections ${where} for update`),
      finish: statement(
        `update ${schema}.projections set status = 'ready', epoch = epoch + 1 ${where}`,
      ),
      keep: statement(
        `insert into ${schema}.projections (name, version, inline, status, position, epoch)
         values ($1, $2::integer, true, 'ready', $3::bigint, nextval('${schema}.epochs'))`,
      ),
    };
  }

  /** @throws {ReadModelError} `UNAVAILABLE` when the database has a higher version; `HANDLER_FAILED`. */
  async run(table: ReadModelTable): Promise<void> {
    const { checkpoints } = this.#options;
    const { projection } = table;
    const kept = (await checkpoints.find(projection))?.version ?? projection.version;
    if (kept > projection.version) throw otherVersion(projection, kept);
    if (kept < projection.version) await this.#beside(projection);
    const { status } = await checkpoints.register(table, true);
    if (status !== "ready") await this.#catchUp(table);
  }

  /**
   * Builds a new version while writers of the old one go on keeping theirs, and lets it take its place: from then on they
   * are refused, and only writers of the new one may append. A process that dies is gone on with by the next.
   */
  async #beside(projection: Projection): Promise<void> {
    const { checkpoints, progress } = this.#options;
    const swap = new Swap(projection, replacementOf(projection), this.#options);
    const { next } = swap;
    if (!(await checkpoints.registerNext(projection, next))) return; // another was faster
    await progress.clearHalt(next.projection.name);
    for (let attempt = 1; ; attempt++) {
      await this.#follow(next);
      try {
        return await this.#swap(projection, swap);
      } catch (error) {
        if (codeOf(error) !== LOCK_TIMEOUT || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #swap(projection: Projection, swap: Swap): Promise<void> {
    const { driver, progress, reader } = this.#options;
    const { name, version } = projection;
    await driver.transaction(async (tx) => {
      const locked = await swap.lock(tx, { appends: true });
      const kept = locked?.own[0]?.version ?? version;
      if (!locked || kept >= version) return; // another was faster; what is beside is a rebuild that has begun since
      let after = locked.next[0]?.position ?? 0;
      for (;;) {
        const { events } = await reader.readUpTo(END, { after, limit: BATCH }, tx);
        if (events.length === 0) break;
        await this.#advance(tx, swap.next, events);
        after = events.at(-1)!.position; // there is one
      }
      await swap.complete(tx);
      await progress.remove(tx, name);
      await tx.run(this.#sql.keep, [name, version, after]);
    });
  }

  /**
   * Follows the log while others append to it; the last stretch, and the switch, with appenders locked out. Of several
   * processes that build, whichever is first: from the switch on, appends keep it, and nobody else may.
   */
  async #catchUp(table: ReadModelTable): Promise<void> {
    const { driver, schema, reader } = this.#options;
    const { name, version } = table.projection;
    await this.#follow(table);
    await driver.transaction(async (tx) => {
      await tx.exec(`lock table ${schema}.streams in share mode`);
      await table.lock(tx, "writing");
      for (;;) {
        const [row] = await tx.run(this.#sql.find, [name, version]);
        if (row?.[1] !== "building") return;
        const after = Number(row[0]);
        const { events } = await reader.readUpTo(END, { after, limit: BATCH }, tx);
        if (events.length === 0) break;
        await this.#advance(tx, table, events);
      }
      await tx.run(this.#sql.finish, [name, version]);
    });
  }

  /** Applies the log in batches, up to the last stretch. */
  async #follow(table: ReadModelTable): Promise<void> {
    const { driver, reader, checkpoints } = this.#options;
    try {
      for (;;) {
        const after = await checkpoints.load(table.projection);
        const { events } = await reader.readLog({ after, limit: BATCH });
        if (events.length < BATCH || !(await this.#advance(driver, table, events))) break;
      }
    } catch (error) {
      if (codeOf(error) !== "42P01") throw error; // unless another was faster, and it is gone
    }
  }

  /**
   * That another process was faster is as good: its epoch, or its position, keeps this batch out.
   *
   * @returns `false` when it is built already.
   */
  async #advance(
    session: Session,
    table: ReadModelTable,
    events: readonly RecordedEvent[],
  ): Promise<boolean> {
    const before = await table.loadFrom(session, keysOf(table.projection, events));
    if (before?.checkpoint.status !== "building") return false;
    if (before.checkpoint.position >= events[0]!.position) return true; // never called without events
    const changes = foldBatch(table.projection, events, before.documents);
    await table.advance(session, changes, before.checkpoint, events.at(-1)!.position);
    return true;
  }
}

const BATCH = 500;
const LOCK_TIMEOUT = "55P03";
const MOST_ATTEMPTS = 3;
const END = Number.MAX_SAFE_INTEGER;
