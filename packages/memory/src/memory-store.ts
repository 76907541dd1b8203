import type {
  AppendResult,
  Clock,
  EventLog,
  EventStore,
  StreamAppend,
  Upcaster,
} from "@counterpoint/events";
import { encodeToken, prepareAppends, systemClock } from "@counterpoint/events";
import type { Projection, ProjectionStore } from "@counterpoint/read-model";
import type { SnapshotStore, StateStore } from "@counterpoint/write-model";
import { MemoryDeadLetters } from "./memory-dead-letters.ts";
import { MemoryLog, copyEvent } from "./memory-log.ts";
import { MemoryProgress } from "./memory-progress.ts";
import { MemoryProjections } from "./memory-projections.ts";
import { MemorySnapshots } from "./memory-snapshots.ts";
import { MemoryStates } from "./memory-states.ts";

export interface MemoryStoreOptions {
  /** Projections to apply in the transaction of each append: the synchronous read models. */
  readonly inline?: readonly Projection[];
  /** Runs on every event that is read. */
  readonly upcast?: Upcaster;
  readonly clock?: Clock;
  /** Makes the ids of events. Default: random UUIDs. */
  readonly createId?: () => string;
  /**
   * Hears what a listener of `onAppend` throws: the append has happened all the same. Default: it is thrown where nobody
   * can catch it (in Node: `uncaughtException`).
   */
  readonly onListenerError?: (error: unknown) => void;
}

/** Every port over the memory of this process. */
export type MemoryStore = EventStore & EventLog & StateStore & SnapshotStore & ProjectionStore;

/**
 * Makes a store that keeps everything in the memory of this process and loses it at its end.
 *
 * It is the reference for other adapters: what goes in and comes out is copied, so nothing is shared with the caller;
 * an append with its inline projections happens as a whole or not at all.
 *
 * @throws {TypeError} When two inline projections have the same name.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { projection } from "@counterpoint/read-model";
 *
 * const SeatReserved = event("SeatReserved", { payload: type<{ seat: string; guest: string }>() });
 * const seats = projection("seats", {
 *   version: 1,
 *   events: [SeatReserved],
 *   columns: { seat: "text", guest: "text" },
 *   key: ({ payload }) => payload.seat,
 *   on: { SeatReserved: (_row, { payload }) => payload },
 * });
 *
 * const store = createMemoryStore({ inline: [seats] });
 * await store.append({
 *   stream: "show-1",
 *   events: [SeatReserved({ seat: "7", guest: "Ada" })],
 *   expectedVersion: "none",
 * });
 * await store.readModel(seats).get("7"); // => { seat: "7", guest: "Ada" }
 * ```
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const {
    inline = [],
    upcast,
    clock = systemClock,
    createId = () => crypto.randomUUID(),
    onListenerError,
  } = options;
  const log = new MemoryLog({ upcast, onListenerError });
  const states = new MemoryStates();
  const snapshots = new MemorySnapshots();
  const progress = new MemoryProgress(clock);
  const letters = new MemoryDeadLetters(clock, (position) => log.at(position));
  const projections = new MemoryProjections({ inline, log, progress, letters });

  return {
    append: async (append) => write(append),
    readStream: async (stream, options) => log.readStream(stream, options),
    readLog: async (options) => log.read(options),
    head: async () => log.head,
    onAppend: (listener) => log.onAppend(listener),
    loadState: async (collection, id) => states.load(collection, id),
    async saveState({ collection, id, state, ...append }) {
      const saveRow = states.prepare(collection, id, state);
      const result = write(append);
      saveRow({ version: result.streams[0]!.version, position: result.position }); // one append has one stream
      return result;
    },
    loadSnapshot: async (stream) => snapshots.load(stream),
    saveSnapshot: async (stream, snapshot) => snapshots.save(stream, snapshot),
    prepare: async (follower, partitions = 1, from = "start") =>
      projections.prepare(follower, partitions, from),
    loadCheckpoint: async (projection) => projections.checkpoint(projection),
    loadProgress: async ({ name }) => progress.progress(name),
    acquire: async (follower, request) => progress.acquire(follower, request),
    renew: async (lease, leaseMs) => progress.renew(lease, leaseMs),
    release: async (lease) => progress.release(lease),
    halt: async (lease, reason) => progress.halt(lease, reason),
    clearHalt: async ({ name }) => progress.clearHalt(name),
    applyBatch: async (batch) => projections.apply(batch),
    advance: async (follower, step) => projections.advance(follower, step),
    reset: async (projection) => projections.reset(projection),
    replace: async (projection, replacement, lease) =>
      projections.replace(projection, replacement, lease),
    retryDeadLetter: async (projection, position, order) =>
      projections.retry(projection, position, order),
    listDeadLetters: async (name, options) => letters.list(name, options),
    countDeadLetters: async (name) => letters.count(name),
    parkedKeys: async (name, keys) => letters.parkedKeys(name, keys),
    closeDeadLetter: async (name, position, act, order) =>
      letters.close(name, position, act, order),
    noteFailedRetry: async (name, position, error, order) =>
      letters.noteFailedRetry(name, position, error, order),
    listDeadLetterActs: async (name, options) => letters.acts(name, options?.limit),
    readModel: (projection) => projections.reader(projection),
  };

  /** Synchronous, so nothing can come in between: whatever may fail comes before the first write. */
  function write(append: StreamAppend | readonly StreamAppend[]): AppendResult {
    const appends = prepareAppends(append);
    log.check(appends);
    const events = log.record(appends, { recordedAtMs: clock.now(), createId });
    const applyInline = projections.foldInline(() => log.handOut(events));
    const streams = log.write(events);
    applyInline();
    log.announce();
    const position = log.head;
    return { events: events.map(copyEvent), streams, position, token: encodeToken(position) };
  }
}
