import type { Projection } from "@counterpoint/read-model";
import { otherVersion } from "@counterpoint/read-model";
import type { Driver, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { ReadModelTable } from "./read-model-table.ts";
import { defineRelation, dropRelation, hasReadModel, lockDefinitions } from "./relations.ts";

interface Registered {
  readonly version: number;
  readonly inline: boolean;
  readonly status: string;
}

/** Keeps the row of each projection: its version, how it is applied, how far it is. */
export class Checkpoints {
  readonly #driver: Driver;
  readonly #schema: string;
  readonly #letters: DeadLetters;
  readonly #find: Statement;
  readonly #load: Statement;

  constructor(driver: Driver, schema: string, letters: DeadLetters) {
    this.#driver = driver;
    this.#schema = schema;
    this.#letters = letters;
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
   * Makes the table and the row of a projection, once.
   *
   * @throws {ReadModelError} `UNAVAILABLE` when another version is known.
   * @throws {TypeError} When the table was made for something else, or the database keeps the projection inline and this
   *   process does not.
   */
  async register(table: ReadModelTable, inline: boolean): Promise<Registered> {
    const found = await this.find(table.projection);
    if (found?.version === table.projection.version && found.inline === inline) return found;
    return this.#driver.transaction(async (tx) => {
      await lockDefinitions(tx, this.#schema);
      return this.#define(tx, table, inline);
    });
  }

  /**
   * Makes the table and the row of what will take the place of an older version.
   *
   * @returns `false` when there is no older version (any more).
   */
  async registerNext(own: Projection, next: ReadModelTable): Promise<boolean> {
    return this.#driver.transaction(async (tx) => {
      await lockDefinitions(tx, this.#schema); // as does the swap: nothing is made behind it
      const kept = await this.find(own, tx);
      if (!kept || kept.version >= own.version) return false;
      await this.#define(tx, next, false);
      return true;
    });
  }

  async #define(tx: Session, table: ReadModelTable, inline: boolean): Promise<Registered> {
    const { name, version } = table.projection;
    const found = await this.find(table.projection, tx);
    if (found?.inline && !inline) {
      throw new TypeError(
        `${name} is applied inline by writers of this database; give the asynchronous one another name with as(…).`,
      );
    }
    if (found && found.version !== version) throw otherVersion(table.projection, found.version);
    if (!found) await this.#forgetOrphans(tx, name);
    await defineRelation(tx, this.#schema, table.relation);
    if (!found) {
      await tx.run(
        statement(
          `insert into ${this.#schema}.projections (name, version, inline) values ($1, $2::integer, $3::boolean)`,
        ),
        [name, version, inline ? "t" : "f"],
      );
    } else if (found.inline !== inline) {
      await this.#takeOver(tx, table);
    }
    return { version, inline, status: found?.inline === inline ? found.status : "building" };
  }

  /** Removes documents whose checkpoint somebody has deleted: a replay would fold the log onto them once more. */
  async #forgetOrphans(tx: Session, name: string): Promise<void> {
    if (await hasReadModel(tx, this.#schema, name)) await dropRelation(tx, this.#schema, name);
    await this.#letters.clear(tx, name);
  }

  /** Goes on inline where an asynchronous projection has got to; from the start, when that is no one point of the log. */
  async #takeOver(tx: Session, table: ReadModelTable): Promise<void> {
    const { name, version } = table.projection;
    await table.lock(tx, "writing"); // tables before rows, as all do
    const rows = await tx.run(
      statement(`select position from ${this.#schema}.projections where name = $1 for update`),
      [name],
    );
    const positions = new Set(rows.map(([position]) => Number(position)));
    const isPoint = positions.size === 1 && (await this.#letters.count(name, tx)) === 0;
    if (!isPoint) {
      await table.clear(tx);
      await this.#letters.clear(tx, name);
    }
    await tx.run(statement(`delete from ${this.#schema}.projections where name = $1`), [name]);
    await tx.run(
      statement(
        `insert into ${this.#schema}.projections (name, version, inline, position, epoch)
         values ($1, $2::integer, true, $3::bigint, nextval('${this.#schema}.epochs'))`,
      ),
      [name, version, isPoint ? Math.max(...positions) : 0],
    );
  }

  /** Reads what is known of a projection by its name. */
  async find(
    { name }: Projection,
    session: Session = this.#driver,
  ): Promise<Registered | undefined> {
    const [row] = await session.run(this.#find, [name]);
    return row && { version: Number(row[0]), inline: row[1] === "t", status: String(row[2]) };
  }
}
