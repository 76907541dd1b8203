import type { EventMessage } from "@counterpoint/bus";
import type { EventStore, RecordedEvent } from "@counterpoint/events";
import type { Decider } from "./decider.ts";
import { fold } from "./decider.ts";
import type { Positioned } from "./load-decide-save.ts";
import { loadDecideSave } from "./load-decide-save.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";

/**
 * Makes a repository whose truth is the log: loading folds the aggregate's stream.
 *
 * @param store - Any event store.
 * @example
 * const accounts = createEventSourcedRepository(store, account, { category: "account" });
 * await accounts.update("7", ({ balance }) => (balance >= 5 ? [Withdrawn({ amount: 5 })] : []));
 */
export function createEventSourcedRepository<TState, TEvent extends EventMessage>(
  store: EventStore,
  decider: Decider<TState, TEvent>,
  { category }: RepositoryOptions,
): Repository<TState, TEvent> {
  return {
    load: async (id) => {
      const { state, version } = await load(`${category}-${id}`);
      return { state, version };
    },
    update: async (id, decide, options = {}) => {
      const stream = `${category}-${id}`;
      return loadDecideSave(stream, decider, await load(stream), decide, options, (append) =>
        store.append(append),
      );
    },
  };

  async function load(stream: string): Promise<Positioned<TState>> {
    const events = (await store.readStream(stream)) as readonly (TEvent & RecordedEvent)[]; // `update` lets no other events in
    const last = events.at(-1);
    return {
      state: fold(decider, decider.initial, events),
      version: last?.version ?? 0,
      position: last?.position ?? 0,
    };
  }
}
