import { copyJson, isStorableText } from "@counterpoint/events";
import type { Snapshot } from "@counterpoint/write-model";

import type { Session, Statement } from "./database.ts";
import { statement } from "./database.ts";

/** Keeps the latest snapshot of each stream. */
export class Snapshots {
  readonly #session: Session;
  readonly #load: Statement;
  readonly #save: Statement;

  constructor(session: Session, schema: string) {
    this.#session = session;
    this.#load = statement(
      `select state, version, position, schema from ${schema}.snapshots where stream = $1`,
    );
    this.#save = statement(
      `insert into ${schema}.snapshots as kept (stream, state, version, position, schema)
       values ($1, $2::json, $3::bigint, $4::bigint, $5::integer)
       on conflict (stream) do update set state = excluded.state, version = excluded.version,
         position = excluded.position, schema = excluded.schema
       where kept.schema <> excluded.schema or kept.version <= excluded.version`,
    );
  }

  async load(stream: string): Promise<Snapshot | undefined> {
    if (!isStorableText(stream)) return undefined;
    const [row] = await this.#session.run(this.#load, [stream]);
    if (!row) return undefined;
    return {
      state: JSON.parse(row[0]!) as unknown, // not null
      version: Number(row[1]),
      position: Number(row[2]),
      schema: Number(row[3]),
    };
  }

  async save(stream: string, snapshot: Snapshot): Promise<void> {
    const { version, position, schema } = snapshot;
    const state = JSON.stringify(copyJson(snapshot.state, `snapshot of ${stream}`));
    await this.#session.run(this.#save, [stream, state, version, position, schema]);
  }
}
