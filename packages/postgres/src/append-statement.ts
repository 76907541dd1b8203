import type { ExpectedVersion } from "@counterpoint/events";
import type { Statement } from "./database.ts";
import { statement } from "./database.ts";
import type { Param } from "./param.ts";

/** What is written in the same statement as an append, and so in one round trip. */
export interface Alongside {
  /** Stands for the SQL: it is made once. */
  readonly id: string;
  /**
   * Makes SQL for a further CTE over the table `appended`, and for what must come out of it, or the whole statement is undone.
   *
   * @param first - The number of its first parameter.
   */
  readonly sql: (first: number) => { readonly cte: string; readonly check?: string };
  readonly params: readonly Param[];
}

/** How a statement appends: by itself, or by a function of the database that can do more. */
export type Form = "express" | "one" | "many";

/** What the SQL of an append depends on. */
export interface AppendShape {
  readonly form: Form;
  readonly expected: ExpectedVersion;
  /** Whether the writer applies inline projections; express form. */
  readonly inlines: boolean;
  /** How many documents are locked; express form. */
  readonly locks: number;
}

/** Makes the statements that append, each once. */
export class AppendStatements {
  readonly #schema: string;
  readonly #made = new Map<string, Statement>();

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** @param params - How many parameters come before those of what is written alongside. */
  of(shape: AppendShape, params: number, alongside: readonly Alongside[]): Statement {
    const { form, expected, inlines, locks } = shape;
    const how = form === "express" ? `${kindOf(expected)} ${inlines} ${locks}` : "";
    const id = [form, how, ...alongside.map((each) => each.id)].join(" ");
    const known = this.#made.get(id);
    const made = known ?? statement(this.#sql(shape, params, alongside));
    if (!known) this.#made.set(id, made);
    return made;
  }

  #sql(shape: AppendShape, params: number, alongside: readonly Alongside[]): string {
    const schema = this.#schema;
    if (shape.form === "express" && alongside.length === 0) {
      return `with ${steps(schema, shape).join(",\n")} ${insert(schema)}
        returning (e.version - 1)::text, e.position::text`;
    }
    const ctes =
      shape.form === "express"
        ? [
            ...steps(schema, shape),
            `written as (${insert(schema)} returning e.version, e.position)`,
          ]
        : alongside.length > 0
          ? [STREAMS_FIRST(schema)]
          : [];
    const call = CALLS[shape.form](schema);
    let first = params + 1;
    const more = alongside.map((each) => {
      const sql = each.sql(first);
      first += each.params.length;
      return sql;
    });
    const all = [...ctes, `appended as materialized (${call})`, ...more.map(({ cte }) => cte)];
    const checks = more.flatMap(({ check }) => check ?? []);
    const answer = ["befores::text", "positions::text"];
    if (alongside.length > 0) answer.push("pg_current_xact_id()::xid::text");
    if (checks.length > 0) {
      answer.push(`case when not (${checks.join(" and ")}) then ${schema}.insist(false)::text end`);
    }
    return `with ${all.join(",\n")}\nselect ${answer.join(", ")} from appended`;
  }
}

/**
 * Changes nothing, but has the statement lock the table of streams before the tables of documents, as all do: the function
 * that appends would come to it only later.
 */
const STREAMS_FIRST = (schema: string): string =>
  `streams_first as (update ${schema}.streams set version = version where false returning 1)`;

/**
 * Appends one event as the functions of the database do, but without them: most of what an append costs the server then is
 * the append. Where the stream is not as expected, or other projections are inline than the writer applies, it writes
 * nothing and returns no row; the functions know why.
 *
 * The order matters: the stream's row, the documents, the in-flight registry, the position. Each step takes its rows from
 * the one before. The projections are looked at in the snapshot of the statement, which is later than its lock on the table
 * of streams; whoever makes a projection inline locks that table against appends.
 *
 * Parameters: stream, expected version, type, payload, metadata, time; the ids of inline projections; for each document its
 * read model and its key.
 */
function steps(schema: string, { expected, inlines, locks }: AppendShape): readonly string[] {
  const inline = `from ${schema}.projections p where p.inline and p.status = 'ready'`;
  const guard = inlines
    ? `(select count(*) = cardinality($7::text[]) and
          count(*) filter (where p.name || '@' || p.version = any($7::text[])) = count(*) ${inline})`
    : `not exists (select ${inline})`;
  const log = `'${schema}.events_position'::regclass`;
  const documents = Array.from({ length: locks }, (_, index) => {
    const model = `hashtext(${log}::oid::text || $${8 + 2 * index})`;
    return `pg_advisory_xact_lock_shared(${model}, 0),
      pg_advisory_xact_lock(${model}, hashtext($${9 + 2 * index}))`;
  });
  const last = `(select last_value from ${schema}.events_position)`;
  return [
    `moved as (${moved(schema, expected, guard)} returning version)`,
    `locked as materialized (select ${["version", ...documents].join(", ")} from moved offset 0)`,
    `registered as materialized (
      select version, pg_advisory_xact_lock_shared(((1 + ${log}::oid::bigint % 32767) << 48) | ${last})
      from locked offset 0
    )`,
  ];
}

function insert(schema: string): string {
  return `insert into ${schema}.events as e
    select d.position, $1, d.version, $3, $4::json, $5::json, $6::timestamptz, d.position
    from (
      select nextval('${schema}.events_position'::regclass) as position, version from registered offset 0
    ) d`;
}

/** Moves a stream on, if it is as expected. */
function moved(schema: string, expected: ExpectedVersion, guard: string): string {
  const streams = `${schema}.streams`;
  switch (kindOf(expected)) {
    case "any": // which is -1
      return `insert into ${streams} as s select $1, 2 + $2::bigint where ${guard}
        on conflict (stream) do update set version = s.version + 1`;
    case "none": // which is 0
      return `insert into ${streams} select $1, 1 + $2::bigint where ${guard} on conflict do nothing`;
    case "exists": // which is -2
      return `update ${streams} set version = version + 1
        where stream = $1 and $2::bigint = -2 and ${guard}`;
    case "number":
      return `update ${streams} set version = version + 1
        where stream = $1 and version = $2::bigint and ${guard}`;
  }
}

function kindOf(expected: ExpectedVersion): "any" | "none" | "exists" | "number" {
  if (typeof expected === "string") return expected;
  return expected === 0 ? "none" : "number";
}

const CALLS: Readonly<Record<Form, (schema: string) => string>> = {
  express: () => "select array[version - 1] as befores, array[position] as positions from written",
  one: (schema) =>
    `select array[before] as befores, array["position"] as positions from ${schema}.append_one(` +
    `$1, $2::bigint, $3, $4, $5, $6::timestamptz)`,
  many: (schema) =>
    `select befores, positions from ${schema}.append(` +
    "$1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[]," +
    " $7::timestamptz, $8::text[], $9::text[], $10::text[], $11::boolean[], $12::boolean)",
};
