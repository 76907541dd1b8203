import type { Projection } from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import type { Driver, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import type { ReadModelTable } from "./read-model-table.ts";
import { defineRelation, lockDefinitions } from "./relations.ts";

interface Registered {
  readonly version: number;
  readonly inline: boolean;
  readonly status: string;
}

/** Keeps the row of each projection: its version, how it is applied, how far it is. */
export class Checkpoints {
  readonly #driver: Driver;
  readonly #schema: string;
  readonly #find: Statement;
  readonly #load: Statement;

  constructor(driver: Driver, schema: string) {
    this.#driver = driver;
    this.#schema = schema;
    this.#find = statement(
      `select version, inline, status from ${schema}.projections where name = $1 and partition = 0`,
    );
    this.#load = statement(
      `select min(position) from ${schema}.projections where name = $1 and version = $2::integer`,
    );
  }

  async load({ name, version }: Projection): Promise<number> {
    const [row] = await this.#driver.run(this.#load, [name, version]);
    return Number(row?.[0] ?? 0);
  }

  /**
   * Makes the table and the row of a projection, once. A higher version than the one known replaces it: the table is made
   * anew, and the replay begins.
   *
   * @throws {ReadModelError} `UNAVAILABLE` when a higher version is known: this process is out of date.
   * @throws {TypeError} When the table was made for something else, or the database keeps the projection inline and this
   *   process does not.
   */
  async register(table: ReadModelTable, inline: boolean): Promise<Registered> {
    const found = await this.#found(this.#driver, table.projection);
    if (found?.version === table.projection.version && found.inline === inline) return found;
    return this.#driver.transaction(async (tx) => {
      await lockDefinitions(tx, this.#schema);
      return this.#define(tx, table, inline);
    });
  }

  async #define(tx: Session, table: ReadModelTable, inline: boolean): Promise<Registered> {
    const { name, version } = table.projection;
    const found = await this.#found(tx, table.projection);
    if (found && found.version > version) {
      throw new ReadModelError(
        "UNAVAILABLE",
        `${name} is at version ${found.version} in the database, and this process has version ${version}: it is out of date.`,
      );
    }
    if (found?.inline && !inline) {
      throw new TypeError(
        `${name} is applied inline by writers of this database; give the asynchronous one another name with as(…).`,
      );
    }
    const isNew = found?.version !== version;
    await defineRelation(tx, this.#schema, table.relation, found && isNew ? "replace" : "keep");
    if (isNew) {
      await tx.run(statement(`delete from ${this.#schema}.projections where name = $1`), [name]);
      await tx.run(
        statement(
          `insert into ${this.#schema}.projections (name, version, inline) values ($1, $2::integer, $3::boolean)`,
        ),
        [name, version, inline ? "t" : "f"],
      );
    } else if (found.inline !== inline) {
      await tx.run(
        statement(
          `update ${this.#schema}.projections set inline = true, status = 'building', epoch = epoch + 1 where name = $1`,
        ),
        [name],
      );
    }
    const isKept = !isNew && found.inline === inline;
    return { version, inline, status: isKept ? found.status : "building" };
  }

  async #found(session: Session, { name }: Projection): Promise<Registered | undefined> {
    const [row] = await session.run(this.#find, [name]);
    return row && { version: Number(row[0]), inline: row[1] === "t", status: String(row[2]) };
  }
}
