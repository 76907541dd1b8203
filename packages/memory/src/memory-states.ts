import { copyJson } from "@counterpoint/events";
import { assertName } from "@counterpoint/read-model";
import type { StoredState } from "@counterpoint/write-model";

/** Keeps one row per aggregate. */
export class MemoryStates {
  readonly #collections = new Map<string, Map<string, StoredState>>();

  load(collection: string, id: string): StoredState | undefined {
    assertName("collection", collection);
    const row = this.#collections.get(collection)?.get(id);
    return row && { ...row, state: copyJson(row.state, id) };
  }

  /** @returns A function that writes a copy of the row as it is now; nothing can fail any more when it is called. */
  prepare(
    collection: string,
    id: string,
    state: unknown,
  ): (written: Omit<StoredState, "state">) => void {
    assertName("collection", collection);
    copyJson(id, `id in ${collection}`);
    const copy = copyJson(state, `state of ${collection} ${id}`);
    return ({ version, position }) => {
      const rows = this.#collections.get(collection) ?? new Map<string, StoredState>();
      this.#collections.set(collection, rows.set(id, { state: copy, version, position }));
    };
  }
}
