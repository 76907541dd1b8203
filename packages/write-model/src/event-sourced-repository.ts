import type { EventMessage } from "@counterpoint/bus";
import type { EventStore, RecordedEvent } from "@counterpoint/events";
import { assertInteger } from "@counterpoint/events";
import type { Decider } from "./decider.ts";
import { fold } from "./decider.ts";
import type { Positioned } from "./load-decide-save.ts";
import { loadDecideSave } from "./load-decide-save.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Says when to keep snapshots, and where. */
export interface SnapshotOptions {
  readonly store: SnapshotStore;
  /** Save one whenever the version passes a multiple of this; integer ≥ 1. */
  readonly every: number;
  /** Change it whenever `evolve` or the state's shape changes: older snapshots are then passed over. Integer ≥ 1. */
  readonly schema: number;
  /** Hears why a snapshot could not be saved. The update itself is stored and succeeds. Default: nothing. */
  readonly onError?: (error: unknown) => void;
}

export interface EventSourcedRepositoryOptions extends RepositoryOptions {
  /** Default: none; loading folds the whole stream. */
  readonly snapshots?: SnapshotOptions;
}

/**
 * Makes a repository whose truth is the log: loading folds the aggregate's stream, from a snapshot on if there is one.
 *
 * @param store - Any event store.
 * @throws {RangeError} When `every` or `schema` is not an integer ≥ 1.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { createEventSourcedRepository, decider } from "@counterpoint/write-model";
 *
 * const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
 * const account = decider({
 *   events: [Deposited],
 *   initial: { balance: 0 },
 *   evolve: { Deposited: ({ balance }, { payload }) => ({ balance: balance + payload.amount }) },
 * });
 *
 * const accounts = createEventSourcedRepository(createMemoryStore(), account, {
 *   category: "account",
 * });
 * await accounts.update("7", () => [Deposited({ amount: 5 })]);
 * await accounts.load("7"); // => { state: { balance: 5 }, version: 1 }
 * ```
 */
export function createEventSourcedRepository<TState, TEvent extends EventMessage>(
  store: EventStore,
  decider: Decider<TState, TEvent>,
  { category, snapshots }: EventSourcedRepositoryOptions,
): Repository<TState, TEvent> {
  if (snapshots) {
    assertInteger("snapshots.every", snapshots.every, 1);
    assertInteger("snapshots.schema", snapshots.schema, 1);
  }
  return {
    load: async (id) => {
      const { state, version } = await load(`${category}-${id}`);
      return { state, version };
    },
    update: async (id, decide, options = {}) => {
      const stream = `${category}-${id}`;
      const before = await load(stream);
      let position = before.position;
      const updated = await loadDecideSave(
        stream,
        decider,
        before,
        decide,
        options,
        async (append) => {
          const result = await store.append(append);
          position = result.position;
          return result;
        },
      );
      if (snapshots && isDue(before.version, updated.version, snapshots.every)) {
        await save(snapshots, stream, { ...updated, position });
      }
      return updated;
    },
  };

  async function load(stream: string): Promise<Positioned<TState>> {
    const snapshot = await snapshots?.store.loadSnapshot(stream);
    const from: Positioned<TState> =
      snapshot?.schema === snapshots?.schema && snapshot
        ? { ...snapshot, state: snapshot.state as TState } // `save` stored a TState under this very schema
        : { state: decider.initial, version: 0, position: 0 };
    const events = await store.readStream(stream, { fromVersion: from.version + 1 });
    const last = events.at(-1);
    return {
      state: fold(decider, from.state, events as readonly (TEvent & RecordedEvent)[]), // `update` lets no other events in
      version: last?.version ?? from.version,
      position: last?.position ?? from.position,
    };
  }

  async function save(
    { store, schema, onError }: SnapshotOptions,
    stream: string,
    { state, version, position }: Positioned<TState>,
  ): Promise<void> {
    try {
      await store.saveSnapshot(stream, { state, version, position, schema });
    } catch (error) {
      onError?.(error);
    }
  }
}

function isDue(before: number, after: number, every: number): boolean {
  return Math.floor(after / every) > Math.floor(before / every);
}
