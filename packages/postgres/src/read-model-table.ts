import type {
  AnyDocument,
  Changes,
  FindOptions,
  FoundDocuments,
  Projection,
} from "@counterpoint/read-model";
import { flawOf, keyColumn, prepareFind } from "@counterpoint/read-model";
import { isStorableText } from "@counterpoint/events";
import {
  decodeDocument,
  encodeValue,
  sqlDefinition,
  sqlFromText,
  sqlToText,
} from "./column-codec.ts";
import type { Alongside } from "./append-statement.ts";
import type { Row, Session, Statement } from "./database.ts";
import type { Param } from "./param.ts";
import { statement } from "./database.ts";
import type { Relation } from "./relations.ts";
import { quote } from "./schema-name.ts";

/** Where a projection stands. */
export interface Checkpoint {
  readonly position: number;
  readonly epoch: number;
  readonly inline: boolean;
  readonly status: string;
  readonly partition: number;
  readonly owner: string | null;
  /** How many events wait because their key is parked. */
  readonly waiting: number;
}

/** A document, and the transaction that wrote it. */
export interface KnownDocument {
  readonly document: AnyDocument;
  readonly writtenBy: string;
}

/** What was read, before it is understood: whoever reads must know first that the table is what it takes it for. */
export interface Raw<T> {
  /** The database's number of the table; `undefined` when nothing was found. */
  readonly tableId: string | undefined;
  decode(): T;
}

/** The table of one read model: its SQL, made once. */
export class ReadModelTable {
  readonly projection: Projection;
  readonly relation: Relation;
  readonly #table: string;
  readonly #key: string;
  readonly #load: Statement;
  readonly #loadFrom: Statement;
  readonly #write: Statement;
  readonly #advance: Statement;
  readonly #get: Statement;
  readonly #loadVersions: Statement;

  constructor(schema: string, projection: Projection) {
    const { name, columns } = projection;
    this.projection = projection;
    this.relation = {
      name,
      kind: "read_model",
      definition: Object.entries(columns),
      columns: sqlDefinition(columns),
    };
    this.#table = `${schema}.${quote(name)}`;
    this.#key = quote(keyColumn(columns));
    const list = sqlToText(columns, "d");
    this.#load = statement(
      `select ${list} from ${this.#table} d where d.${this.#key} = any($1::text[])`,
    );
    this.#loadVersions = statement(
      `select d.xmin, ${list} from ${this.#table} d where d.${this.#key} = any($1::text[])`,
    );
    this.#loadFrom = statement(
      `select p.position, p.epoch, p.inline, p.status, p.owner,
         (select count(*) from ${schema}.dead_letters l where l.name = p.name and l.reason <> 'skipped'), ${list}
       from ${schema}.projections p
       left join ${this.#table} d on d.${this.#key} = any($1::text[])
       where p.name = $2 and p.version = $3::integer and p.partition = $4::integer`,
    );
    this.#write = statement(this.#writeSql("", ""));
    this.#advance = statement(
      this.#writeSql(
        `moved as (
           update ${schema}.projections set position = $1::bigint
           where name = $2 and version = $3::integer and partition = $4::integer
             and position = $5::bigint and epoch = $6::bigint
           returning 1
         ), `,
        " exists (select from moved)",
        7,
      ),
    );
    this.#get = statement(
      `select d.tableoid, ${list} from ${this.#table} d where d.${this.#key} = $1`,
    );
  }

  async load(session: Session, keys: readonly string[]): Promise<ReadonlyMap<string, AnyDocument>> {
    return this.#documents(await session.run(this.#load, [keys]), 0);
  }

  /** Reads documents and checkpoint at one moment. @returns `undefined` when the projection is not prepared. */
  async loadFrom(
    session: Session,
    keys: readonly string[],
    partition = 0,
  ): Promise<{ checkpoint: Checkpoint; documents: ReadonlyMap<string, AnyDocument> } | undefined> {
    const { name, version } = this.projection;
    const rows = await session.run(this.#loadFrom, [keys, name, version, partition]);
    const [first] = rows;
    if (!first) return undefined;
    return {
      checkpoint: {
        position: Number(first[0]),
        epoch: Number(first[1]),
        inline: first[2] === "t",
        status: String(first[3]),
        partition,
        owner: first[4] ?? null,
        waiting: Number(first[5]),
      },
      documents: this.#documents(rows, 6),
    };
  }

  /** Loads documents with the transaction that wrote each: as long as that is the same, so is the document. */
  async loadVersions(
    session: Session,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, KnownDocument>> {
    const known = new Map<string, KnownDocument>();
    for (const row of await session.run(this.#loadVersions, [keys])) {
      const document = decodeDocument(this.projection.columns, row, 1);
      known.set(String(row[1]), { document, writtenBy: String(row[0]) });
    }
    return known;
  }

  /**
   * Writes documents alongside an append, if each is still as it was read, or is still not there.
   *
   * @param read - By key, who wrote the document that the new one is built on; `undefined`: there was none.
   */
  writeAlongside(
    documents: ReadonlyMap<string, AnyDocument>,
    read: ReadonlyMap<string, string | undefined>,
  ): Alongside {
    const { name, columns } = this.projection;
    const writers = [...documents.keys()].map((key) => read.get(key) ?? null);
    const [, ...values] = this.#params(documents);
    const news = writers.filter((writer) => writer === null).length;
    return {
      id: name,
      sql: (first) => {
        const names = Object.keys(columns).map(quote);
        const casts = Object.entries(columns).map(([column, type]) =>
          sqlFromText(type, `n.${quote(column)}`),
        );
        const arrays = names.map((_, index) => `$${first + 1 + index}::text[]`);
        const cte = quote(`kept ${name}`);
        const counts = first + 1 + names.length;
        return {
          cte: `${cte} as (
            insert into ${this.#table} as d (${names.join(", ")})
            select ${casts.join(", ")} from appended, unnest(${arrays.join(", ")}) as n(${names.join(", ")})
            on conflict (${this.#key}) do update set ${names.map((each) => `${each} = excluded.${each}`).join(", ")}
              where d.xmin::text = ($${first}::text[])[array_position($${first + 1}::text[], excluded.${this.#key})]
            returning d.xmax::text = '0' as is_new
          )`,
          check: `(select count(*) = $${counts}::bigint and count(*) filter (where is_new) = $${counts + 1}::bigint from ${cte})`,
        };
      },
      params: [writers, ...values, documents.size, news],
    };
  }

  /** Writes all changes with one statement. */
  async write(session: Session, changes: Changes): Promise<void> {
    if (changes.size > 0) await session.run(this.#write, this.#params(changes));
  }

  /**
   * Writes all changes and moves the checkpoint with one statement.
   *
   * @returns `false`, and nothing is written, when the checkpoint is not `from` any more.
   */
  async advance(
    session: Session,
    changes: Changes,
    from: Checkpoint,
    to: number,
  ): Promise<boolean> {
    const { name, version } = this.projection;
    const [row] = await session.run(this.#advance, [
      ...[to, name, version, from.partition, from.position, from.epoch],
      ...this.#params(changes),
    ]);
    return row?.[0] === "1";
  }

  async get(session: Session, key: string): Promise<Raw<AnyDocument | undefined>> {
    const [row] = isStorableText(key) ? await session.run(this.#get, [key]) : [];
    return {
      tableId: row?.[0] ?? undefined,
      decode: () => row && decodeDocument(this.projection.columns, row, 1),
    };
  }

  /** One statement, so that documents and total are of the same moment. */
  async find(session: Session, options: FindOptions): Promise<Raw<FoundDocuments>> {
    const { columns } = this.projection;
    const { where, orderBy, limit, offset } = prepareFind(columns, options);
    const params: Param[] = [limit, offset];
    const conditions = where.map(([name, value]) => {
      const column = columns[name]!; // `prepareFind` has looked
      if (value === null) return `${quote(name)} is null`;
      if (flawOf({ [name]: value }, { [name]: column }) !== undefined) return "false"; // no document can have it
      return `${quote(name)} = ${sqlFromText(column, `$${params.push(encodeValue(column, value))}`)}`;
    });
    const filter = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
    const order = orderBy.map((name) => `d.${quote(name)}`).join(", ");
    const rows = await session.run(
      statement(
        `select t.total, d."table id", ${sqlToText(columns, "d")}
         from (select count(*) as total from ${this.#table}${filter}) t
         left join lateral (
           select d.tableoid as "table id", * from ${this.#table} d${filter} order by ${order} limit $1::bigint offset $2::bigint
         ) d on true
         order by ${order}`,
      ),
      params,
    );
    return {
      tableId: rows[0]?.[1] ?? undefined,
      decode: () => ({
        documents: rows
          .filter((row) => row[1] !== null) // unless there are none
          .map((row) => decodeDocument(columns, row, 2)),
        total: Number(rows[0]?.[0] ?? 0),
      }),
    };
  }

  /** Takes the place and the name of another table, which is gone afterwards. */
  async replace(tx: Session, other: ReadModelTable): Promise<void> {
    await tx.exec(
      `drop table ${other.#table}; alter table ${this.#table} rename to ${quote(other.projection.name)}`,
    );
  }

  /** Keeps readers and writers out to the end of the transaction; `"writing"`: only those who keep out others. */
  async lock(tx: Session, as: "alone" | "writing" = "alone"): Promise<void> {
    const mode = as === "alone" ? "access exclusive" : "row exclusive";
    await tx.exec(`lock table ${this.#table} in ${mode} mode`);
  }

  async clear(session: Session): Promise<void> {
    await session.run(statement(`delete from ${this.#table}`));
  }

  #documents(rows: readonly Row[], at: number): ReadonlyMap<string, AnyDocument> {
    const documents = new Map<string, AnyDocument>();
    for (const row of rows) {
      const key = row[at];
      if (key != null) documents.set(key, decodeDocument(this.projection.columns, row, at));
    }
    return documents;
  }

  /** @param guard - A condition that all writing depends on; `first` is the number of the first parameter. */
  #writeSql(before: string, guard: string, first = 1): string {
    const columns = Object.entries(this.projection.columns);
    const names = columns.map(([name]) => quote(name));
    const values = columns.map(([name, column]) => sqlFromText(column, `n.${quote(name)}`));
    const arrays = columns.map((_column, index) => `$${first + 1 + index}::text[]`);
    const updates = names.slice(1).map((name) => `${name} = excluded.${name}`);
    const where = guard === "" ? "" : ` where${guard}`;
    const and = guard === "" ? "" : ` and${guard}`;
    const counted = before === "" ? "written" : "moved";
    return `with ${before}removed as (
        delete from ${this.#table} where ${this.#key} = any($${first}::text[])${and}
      ), written as (
        insert into ${this.#table} (${names.join(", ")})
        select ${values.join(", ")} from unnest(${arrays.join(", ")}) as n(${names.join(", ")})${where}
        on conflict (${this.#key}) do ${updates.length === 0 ? "nothing" : `update set ${updates.join(", ")}`}
        returning 1
      )
      select count(*) from ${counted}`;
  }

  #params(changes: Changes): readonly Param[] {
    const columns = Object.entries(this.projection.columns);
    const removed: string[] = [];
    const arrays = columns.map((): (string | null)[] => []);
    for (const [key, document] of changes) {
      if (document === null) removed.push(key);
      else {
        columns.forEach(([name, column], index) =>
          arrays[index]!.push(encodeValue(column, document[name])),
        );
      }
    }
    return [removed, ...arrays];
  }
}
