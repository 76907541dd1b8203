import type { Columns, Projection, ReadModel } from "@counterpoint/read-model";
import { canRead, otherVersion, prepareFind } from "@counterpoint/read-model";
import type { Driver, Statement } from "./database.ts";
import { statement } from "./database.ts";
import { codeOf, isOtherShape } from "./postgres-errors.ts";
import type { Raw } from "./read-model-table.ts";
import { ReadModelTable } from "./read-model-table.ts";
import { quote } from "./schema-name.ts";

/**
 * Reads the documents of a projection. The table may have been made by another version of it: then it is read if it has all
 * that this version expects, and refused otherwise, never misread.
 */
export class ModelReaders {
  readonly #driver: Driver;
  readonly #schema: string;
  readonly #find: Statement;
  /** The table that was last seen to have a projection's columns, by name and columns. */
  readonly #readable = new Map<string, string>();

  constructor(driver: Driver, schema: string) {
    this.#driver = driver;
    this.#schema = schema;
    this.#find = statement(
      `select definition, to_regclass($2)::oid,
         (select max(version) from ${schema}.projections p where p.name = $1)
       from ${schema}.relations where name = $1 and kind = 'read_model'`,
    );
  }

  /** @param built - Waits until there is something to read. */
  open<TDocument>(
    projection: Projection<TDocument>,
    built: () => Promise<void> | undefined,
  ): ReadModel<TDocument> {
    const untyped = projection as unknown as Projection; // documents only pass through
    const table = new ReadModelTable(this.#schema, untyped);
    // The table holds what a projection of this very document type has written.
    return {
      get: async (key) => {
        await built();
        return this.#read(untyped, () => table.get(this.#driver, key), undefined) as Promise<
          TDocument | undefined
        >;
      },
      find: async (options = {}) => {
        prepareFind(projection.columns, options); // a wrong question is refused before anything is asked
        await built();
        const { documents, total } = await this.#read(
          untyped,
          () => table.find(this.#driver, options as object),
          { documents: [], total: 0 },
        );
        return { documents: documents as readonly TDocument[], total };
      },
    };
  }

  /** @param empty - A read model that nobody has begun to build is empty. */
  async #read<T>(projection: Projection, ask: () => Promise<Raw<T>>, empty: T): Promise<T> {
    const id = `${projection.name} ${JSON.stringify(projection.columns)}`;
    for (let attempt = 1; ; attempt++) {
      try {
        const raw = await ask();
        const { tableId } = raw;
        if (tableId === undefined || tableId === this.#readable.get(id)) return raw.decode();
        const current = await this.#recognise(projection);
        if (current === undefined || current === tableId) {
          this.#readable.set(id, tableId);
          return raw.decode();
        }
      } catch (error) {
        if (codeOf(error) === "42P01") return empty;
        if (!isOtherShape(error) || attempt === MOST_ATTEMPTS) throw error;
        await this.#recognise(projection); // which says why; or it was swapped meanwhile
      }
    }
  }

  /**
   * @returns The database's number of the table; `undefined` when it knows nothing of it.
   * @throws {ReadModelError} `UNAVAILABLE` when another version is kept, with columns that this one cannot read.
   */
  async #recognise(projection: Projection): Promise<string | undefined> {
    const { name, columns } = projection;
    const table = `${this.#schema}.${quote(name)}`;
    const [row] = await this.#driver.run(this.#find, [name, table]);
    if (!row) return undefined;
    const [definition, tableId, version] = row;
    const kept = Object.fromEntries(JSON.parse(definition ?? "[]") as [string, string][]);
    if (version != null && !canRead(columns, kept as Columns)) {
      throw otherVersion(projection, Number(version));
    }
    return tableId ?? undefined;
  }
}

const MOST_ATTEMPTS = 3;
