import type {
  Clock,
  EventLog,
  EventStore,
  Scheduler,
  StreamAppend,
  Upcaster,
} from "@counterpoint/events";
import {
  Listeners,
  assertOptions,
  namingUpcaster,
  prepareAppends,
  systemClock,
  systemScheduler,
} from "@counterpoint/events";
import type { Projection, ProjectionStore, ReadModel } from "@counterpoint/read-model";
import type { SnapshotStore, StateStore } from "@counterpoint/write-model";
import type { Alongside } from "./append-statement.ts";
import { Drafts } from "./append-draft.ts";
import { Appender } from "./append.ts";
import { CoalescedAppends } from "./coalesced-appends.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { driverOf } from "./database.ts";
import { InlineProjections } from "./inline-projections.ts";
import { LogReader } from "./log-reader.ts";
import { translate } from "./postgres-errors.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Progress } from "./progress.ts";
import { Projections } from "./projections.ts";
import { DEFAULT_SCHEMA, quoteSchema } from "./schema-name.ts";
import { Snapshots } from "./snapshots.ts";
import { States } from "./states.ts";
import { WakeUp } from "./wake-up.ts";

export interface PostgresStoreOptions {
  /** The schema that `migrate` was given. Default `counterpoint`. */
  readonly schema?: string;
  /**
   * Projections to apply in the transaction of each append: the synchronous read models. All writers of a schema must have
   * the same. One that is new to the database is first built from the log, before the first append and read.
   */
  readonly inline?: readonly Projection[];
  /** Runs on every event that is read. */
  readonly upcast?: Upcaster;
  readonly clock?: Clock;
  /** Makes the ids of events. Default: random UUIDs. */
  readonly createId?: () => string;
  /**
   * How positions get their order. `registry`, the default: appends run side by side, and readers stop below the lowest one
   * in flight. `serialized`: one append at a time to its commit, so that any reader may poll the table; a third of the
   * throughput, or less. Either is right, also mixed.
   */
  readonly ordering?: "registry" | "serialized";
  /**
   * Writes appends that come while another is on its way together, in one transaction, each with an outcome of its own: more
   * appends a second from many writers in one process, for somewhat more time for each. Applies to appends of events to one
   * stream, in a store without inline projections; all others go by themselves. Default `false`.
   */
  readonly coalesce?: boolean;
  /**
   * Tells other processes of appends by NOTIFY, and hears from them while somebody listens with `onAppend`; that keeps one
   * client of the pool. Without it, they find out by polling. Default `false`.
   */
  readonly listen?: boolean;
  readonly scheduler?: Scheduler;
  /**
   * Hears what a listener of `onAppend` throws: the append has happened all the same. Default: it is thrown where nobody
   * can catch it (in Node: `uncaughtException`).
   */
  readonly onListenerError?: (error: unknown) => void;
}

/** Every port over one schema of a Postgres database. */
export type PostgresStore = EventStore & EventLog & StateStore & SnapshotStore & ProjectionStore;

/**
 * Makes a store over a `pg.Pool` or a PGlite, in a schema that {@link migrate} has made.
 *
 * An append with its inline projections and its state is one transaction, with its own version check. What `readLog` has
 * once given is never preceded by something new, whatever runs side by side. The connection stays the caller's: it is never
 * ended. While the database is not available, ports of the write side fail with `EventStoreError` and those of the read side
 * with `ReadModelError`, both `UNAVAILABLE`; `details.outcome` is `"unknown"` when a write may have been committed. They
 * recover by themselves.
 *
 * @throws {TypeError} When `db` is neither, an option unknown, a name unusable, or two inline projections have the same name.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createPostgresStore, migrate } from "@counterpoint/postgres";
 * import { Pool } from "pg";
 *
 * const SeatReserved = event("SeatReserved", { payload: type<{ seat: string; guest: string }>() });
 * const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
 * await migrate(pool, { schema: "shop" });
 * const store = createPostgresStore(pool, { schema: "shop" });
 * await store.append({
 *   stream: "show-1",
 *   events: [SeatReserved({ seat: "7", guest: "Ada" })],
 *   expectedVersion: "none",
 * });
 * ```
 */
export function createPostgresStore(
  db: Database,
  options: PostgresStoreOptions = {},
): PostgresStore {
  assertOptions("createPostgresStore", options, KNOWN);
  const { schema: name = DEFAULT_SCHEMA, inline: given = [] } = options;
  const upcast = namingUpcaster(options.upcast ?? ((event) => event));
  const { clock = systemClock, scheduler = systemScheduler } = options;
  const { createId = () => crypto.randomUUID(), ordering = "registry", listen = false } = options;
  const { coalesce = false } = options;
  const listeners = new Listeners(options.onListenerError);
  if (ordering !== "registry" && ordering !== "serialized") {
    throw new TypeError(`Expected ordering to be registry or serialized, got ${String(ordering)}.`);
  }
  const schema = quoteSchema(name);
  const driver = driverOf(db);
  const reader = new LogReader(driver, schema, upcast);
  const letters = new DeadLetters({ driver, schema, upcast });
  const checkpoints = new Checkpoints(driver, schema, letters);
  const folds = given as readonly Projection[]; // documents stay inside
  const progress = new Progress(driver, schema);
  const inline = new InlineProjections(folds, {
    ...{ driver, schema, reader, checkpoints, progress, letters, upcast },
  });
  const serialized = ordering === "serialized";
  const drafts = new Drafts({ clock, createId });
  const appender = new Appender({ driver, schema, drafts, serialized, inline });
  const coalesced = new CoalescedAppends({ driver, schema, drafts, serialized, appender });
  const states = new States({ driver, schema });
  const snapshots = new Snapshots(driver, schema);
  const head = (): Promise<number> => reader.head();
  const projections = new Projections({
    ...{ driver, schema, reader, checkpoints, progress, letters, inline },
  });
  const wakeUp = new WakeUp({
    db,
    driver,
    channel: `${name}_events`,
    listen,
    scheduler,
    listeners,
  });
  return {
    append: (append) => onWriteSide(() => write(append)),
    readStream: (stream, options) => onWriteSide(() => reader.readStream(stream, options)),
    readLog: (options) => onWriteSide(() => reader.readLog(options)),
    head: () => onWriteSide(head),
    onAppend: (listener) => wakeUp.onAppend(listener),
    loadState: (collection, id) => onWriteSide(() => states.load(collection, id)),
    saveState: ({ collection, id, state, ...append }) =>
      onWriteSide(async () => {
        const encoded = states.encode(collection, id, state);
        const { save } = await states.collection(collection);
        return write(append, [save(id, encoded)]);
      }),
    loadSnapshot: (stream) => onWriteSide(() => snapshots.load(stream)),
    saveSnapshot: (stream, snapshot) => onWriteSide(() => snapshots.save(stream, snapshot)),
    prepare: (follower, partitions, from) =>
      onReadSide(() => projections.prepare(follower, partitions, from)),
    loadCheckpoint: (projection) => onReadSide(() => projections.loadCheckpoint(projection)),
    loadProgress: ({ name }) => onReadSide(() => progress.load(name)),
    acquire: (follower, request) => onReadSide(() => progress.acquire(follower, request)),
    renew: (lease, leaseMs) => onReadSide(() => progress.renew(lease, leaseMs)),
    release: (lease) => onReadSide(() => progress.release(lease)),
    halt: (lease, reason) => onReadSide(() => progress.halt(lease, reason)),
    clearHalt: ({ name }) => onReadSide(() => progress.clearHalt(name)),
    applyBatch: (batch) => onReadSide(() => projections.applyBatch(batch)),
    advance: (follower, step) => onReadSide(() => projections.advance(follower, step)),
    reset: (projection) => onReadSide(() => projections.reset(projection)),
    replace: (projection, replacement, lease) =>
      onReadSide(() => projections.replace(projection, replacement, lease)),
    retryDeadLetter: (projection, position, order) =>
      onReadSide(() => projections.retryDeadLetter(projection, position, order)),
    listDeadLetters: (name, options) => onReadSide(() => letters.list(name, options)),
    countDeadLetters: (name) => onReadSide(() => letters.count(name)),
    parkedKeys: (name, keys) => onReadSide(() => letters.parkedKeys(name, keys)),
    closeDeadLetter: (name, position, act, order) =>
      onReadSide(() => projections.closeDeadLetter(name, position, act, order)),
    noteFailedRetry: (name, position, error, order) =>
      onReadSide(() => letters.noteFailedRetry(name, position, error, order)),
    listDeadLetterActs: (name, options) => onReadSide(() => letters.acts(name, options)),
    readModel: <TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> => {
      const model = projections.readModel(projection);
      return {
        get: (key) => onReadSide(() => model.get(key)),
        find: (options) => onReadSide(() => model.find(options)),
      };
    },
  };

  async function write(
    append: StreamAppend | readonly StreamAppend[],
    alongside: readonly Alongside[] = [],
  ): ReturnType<EventStore["append"]> {
    const appends = prepareAppends(append);
    const [first, ...others] = appends;
    const result =
      coalesce && inline.isEmpty && alongside.length === 0 && first && others.length === 0
        ? await coalesced.append(first)
        : await appender.append(appends, alongside);
    wakeUp.announce();
    return result;
  }

  async function onWriteSide<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw translate(error, name, "store");
    }
  }

  async function onReadSide<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw translate(error, name, "read model");
    }
  }
}

const KNOWN: Readonly<Record<keyof PostgresStoreOptions, true>> = {
  ...{ schema: true, inline: true, upcast: true, clock: true, createId: true, ordering: true },
  ...{ coalesce: true, listen: true, scheduler: true, onListenerError: true },
};
