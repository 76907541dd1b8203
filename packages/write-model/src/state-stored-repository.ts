import type { EventMessage } from "@counterpoint/bus";
import type { Decider } from "./decider.ts";
import type { Positioned } from "./load-decide-save.ts";
import { loadDecideSave } from "./load-decide-save.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import type { StateStore } from "./state-store.ts";

/** The options of a repository whose truth is a row. */
export interface StateStoredRepositoryOptions extends RepositoryOptions {
  /** Where the rows are kept: `[a-z_][a-z0-9_]*`, at most 63 characters. Default: the category. */
  readonly collection?: string;
}

/**
 * Makes a repository whose truth is one row per aggregate: loading reads the row. The events that explain each change go
 * to the log in the same transaction, so projections and other followers see no difference.
 *
 * @param store - Any state store.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { createStateStoredRepository, decider } from "@counterpoint/write-model";
 *
 * const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
 * const account = decider({
 *   events: [Deposited],
 *   initial: { balance: 0 },
 *   evolve: { Deposited: ({ balance }, { payload }) => ({ balance: balance + payload.amount }) },
 * });
 *
 * const accounts = createStateStoredRepository(createMemoryStore(), account, { category: "account" });
 * await accounts.update("7", () => [Deposited({ amount: 5 })]);
 * await accounts.load("7"); // => { state: { balance: 5 }, version: 1 }
 * ```
 */
export function createStateStoredRepository<TState, TEvent extends EventMessage>(
  store: StateStore,
  decider: Decider<TState, TEvent>,
  { category, collection = category }: StateStoredRepositoryOptions,
): Repository<TState, TEvent> {
  return {
    load: async (id) => {
      const { state, version } = await load(id);
      return { state, version };
    },
    update: async (id, decide, options = {}) =>
      loadDecideSave(
        `${category}-${id}`,
        decider,
        await load(id),
        decide,
        options,
        (append, state) => store.saveState({ ...append, collection, id, state }),
      ),
  };

  async function load(id: string): Promise<Positioned<TState>> {
    const row = await store.loadState(collection, id);
    if (row === undefined) return { state: decider.initial, version: 0, position: 0 };
    return { ...row, state: row.state as TState }; // `update` wrote the row, from a TState
  }
}
