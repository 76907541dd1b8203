import { copyJson, isStorableText } from "@counterpoint/events";
import { assertName } from "@counterpoint/read-model";
import type { StoredState } from "@counterpoint/write-model";
import { ensureRelation } from "./relations.ts";

import type { Alongside } from "./append-statement.ts";
import type { Driver, Statement } from "./database.ts";
import { statement } from "./database.ts";
import { quote } from "./schema-name.ts";

interface Collection {
  readonly load: Statement;
  /** Writes the row alongside an append to one stream. */
  readonly save: (id: string, state: string) => Alongside;
}

interface StatesOptions {
  readonly driver: Driver;
  readonly schema: string;
}

/** Keeps one table per collection, one row per aggregate. */
export class States {
  readonly #options: StatesOptions;
  readonly #collections = new Map<string, Promise<Collection>>();

  constructor(options: StatesOptions) {
    this.#options = options;
  }

  async load(collection: string, id: string): Promise<StoredState | undefined> {
    const { load } = await this.collection(collection);
    if (!isStorableText(id)) return undefined;
    const [row] = await this.#options.driver.run(load, [id]);
    if (!row) return undefined;
    return {
      state: JSON.parse(row[0]!) as unknown,
      version: Number(row[1]),
      position: Number(row[2]),
    };
  }

  /** @throws {EventStoreError} `INVALID_EVENT` when the state is not JSON. */
  encode(collection: string, id: string, state: unknown): string {
    assertName("collection", collection);
    copyJson(id, `id in ${collection}`);
    return JSON.stringify(copyJson(state, `state of ${collection} ${id}`));
  }

  /** Opens a collection, and makes its table if need be. */
  async collection(name: string): Promise<Collection> {
    assertName("collection", name);
    const known = this.#collections.get(name);
    if (known) return known;
    const opening = this.#open(name);
    this.#collections.set(name, opening);
    opening.catch(() => this.#collections.delete(name));
    return opening;
  }

  async #open(collection: string): Promise<Collection> {
    const { driver, schema } = this.#options;
    const name = tableOf(collection);
    await ensureRelation(driver, schema, {
      name,
      kind: "collection",
      definition: [["collection", collection]],
      columns:
        'id text collate "C" primary key, state json not null, version bigint not null, position bigint not null',
    });
    const table = `${schema}.${quote(name)}`;
    return {
      load: statement(`select state, version, position from ${table} where id = $1`),
      save: (id, state) => ({
        id: name,
        sql: (first) => ({
          cte: `saved as (
          insert into ${table} (id, state, version, position)
          select $${first}, $${first + 1}::json,
            befores[1] + cardinality(positions), positions[cardinality(positions)]
          from appended
          on conflict (id) do update
            set state = excluded.state, version = excluded.version, position = excluded.position
        )`,
        }),
        params: [id, state],
      }),
    };
  }
}

/** `user` → `user_state`: a word that reads well in psql, and that no read model of the same name meets. */
function tableOf(collection: string): string {
  const name = `${collection}_state`;
  if (name.length <= 63) return name;
  let hash = 0;
  for (const character of collection) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  return `${collection.slice(0, 48)}_${(hash >>> 0).toString(36)}_state`;
}
