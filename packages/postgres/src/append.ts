import type {
  AppendResult,
  Clock,
  ExpectedVersion,
  PreparedAppend,
  RecordedEvent,
} from "@counterpoint/events";
import { ConcurrencyError, EventStoreError, encodeToken } from "@counterpoint/events";
import type { Driver, Param, Row, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import { encodeDate } from "./column-codec.ts";
import type { InlineProjections, Locks } from "./inline-projections.ts";
import { KeysMoved, NO_LOCKS } from "./inline-projections.ts";
import { codeOf, isRetriable } from "./postgres-errors.ts";

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

export interface AppenderOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly serialized: boolean;
  readonly inline: InlineProjections;
}

/** Writes events, with what belongs to them, in one transaction. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #statements = new Map<string, Statement>();

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** @param alongside - At most one; it comes back as it was when the append is tried again. */
  async append(
    appends: readonly PreparedAppend[],
    alongside: readonly Alongside[] = [],
  ): Promise<AppendResult> {
    const { driver, inline } = this.#options;
    const draft = this.#draft(appends);
    if (inline.isEmpty) {
      const form = draft.single ? "one" : "many";
      const params = draft.single ?? draft.params(NO_LOCKS);
      const write = (session: Session) => this.#run(session, form, params, alongside);
      return this.#insist(appends, async (attempt) =>
        // By itself the statement has the connection's isolation; where that is repeatable read, writers of one stream
        // do not wait for each other, but fail. In a transaction of ours they wait.
        draft.result(await (attempt === 1 ? write(driver) : driver.transaction(write))),
      );
    }
    return this.#insist(appends, async (attempt, locksAll) => {
      await inline.ready();
      const locks = locksAll ? inline.allLocks : inline.locksFor(draft.events);
      const ahead = attempt === 1 ? await inline.foldAhead(draft.events, appends) : undefined;
      if (ahead) {
        const both = [...alongside, ...ahead.alongside];
        const row = await ahead.follow(() => this.#run(driver, "many", draft.params(locks), both));
        return draft.result(row);
      }
      return driver.transaction(async (tx: Session) => {
        const row = await this.#run(tx, "many", draft.params(locks), alongside);
        const result = draft.result(row);
        await inline.apply(tx, result.events, locks);
        return result;
      });
    });
  }

  async #run(
    session: Session,
    form: "one" | "many",
    params: readonly Param[],
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const id = [form, ...alongside.map((each) => each.id)].join(" ");
    const known = this.#statements.get(id);
    const made = known ?? this.#statement(form, params.length, alongside);
    if (!known) this.#statements.set(id, made);
    const [row] = await session.run(made, [...params, ...alongside.flatMap((each) => each.params)]);
    return row;
  }

  #statement(form: "one" | "many", params: number, alongside: readonly Alongside[]): Statement {
    const { schema } = this.#options;
    const appended = `select befores, positions from ${form === "one" ? callOne(schema) : callMany(schema)} a`;
    if (alongside.length === 0) return statement(appended);
    let first = params + 1;
    const ctes = alongside.map((each) => {
      const sql = each.sql(first);
      first += each.params.length;
      return sql;
    });
    const checks = ctes.flatMap(({ check }) => check ?? []);
    return statement(
      `with appended as materialized (${appended}), ${ctes.map(({ cte }) => cte).join(", ")}
       select befores, positions, pg_current_xact_id()::xid::text
         ${checks.length > 0 ? `, ${schema}.insist(${checks.join(" and ")})` : ""}
       from appended`,
    );
  }

  /** What was rolled back for no fault of the writer is written again: nothing of it had happened. */
  async #insist<T>(
    appends: readonly PreparedAppend[],
    write: (attempt: number, locksAll: boolean) => Promise<T>,
  ): Promise<T> {
    let locksAll = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(attempt, locksAll);
      } catch (error) {
        const isNotBuilt = codeOf(error) === "CP425";
        if (isNotBuilt) this.#options.inline.doubt();
        if (error instanceof KeysMoved) locksAll = true;
        const isStale = codeOf(error) === "CP449" || error instanceof KeysMoved;
        const isWorthIt = isNotBuilt || isStale || isRetriable(error);
        if (!isWorthIt || attempt === MOST_ATTEMPTS) throw refusal(error, appends);
      }
    }
  }

  #draft(appends: readonly PreparedAppend[]): Draft {
    const { clock, createId, serialized, inline } = this.#options;
    const recordedAtMs = clock.now();
    const events: readonly RecordedEvent[] = appends.flatMap(
      ({ stream, events, metadata, expectedVersion }) => {
        const before = typeof expectedVersion === "number" ? expectedVersion : 0; // else a guess
        return events.map(({ type, payload }, index) => ({
          type,
          payload,
          stream,
          version: before + index + 1,
          position: 0, // nobody knows yet
          recordedAt: new Date(recordedAtMs),
          metadata: { ...metadata, id: createId() },
        }));
      },
    );
    const at = encodeDate(new Date(recordedAtMs));
    const expected = appends.map(({ expectedVersion }) => expectedInSql(expectedVersion));
    const payloads = events.map(({ payload }) =>
      payload === undefined ? null : JSON.stringify(payload),
    );
    const metadatas = events.map(({ metadata }) => JSON.stringify(metadata));
    const [event] = events;
    const single =
      event && events.length === 1 && !serialized
        ? [event.stream, expected[0]!, event.type, payloads[0]!, metadatas[0]!, at] // one event, one of each
        : undefined;
    return { events, single, params, result };

    function params({ names, keys, shares }: Locks): readonly Param[] {
      return [
        appends.map(({ stream }) => stream),
        expected,
        appends.map(({ events }) => String(events.length)),
        events.map(({ type }) => type),
        payloads,
        metadatas,
        at,
        inline.ids,
        ...[names, keys, shares, serialized ? "t" : "f"],
      ];
    }

    function result(row: Row | undefined): AppendResult {
      const befores = readIntegers(row?.[0]);
      const positions = readIntegers(row?.[1]);
      let at = 0;
      const recorded = appends.flatMap((append, index) =>
        append.events.map((_, offset) => ({
          ...events[at]!, // the function answers for each stream and each event
          version: befores[index]! + offset + 1,
          position: positions[at++]!,
        })),
      );
      const position = positions.at(-1)!; // there is an event at least
      return {
        events: recorded,
        streams: appends.map(({ stream, events }, index) => ({
          stream,
          version: befores[index]! + events.length,
          created: befores[index] === 0,
        })),
        position,
        token: encodeToken(position),
      };
    }
  }
}

interface Draft {
  /** As far as they are known before they are written. */
  readonly events: readonly RecordedEvent[];
  readonly params: (locks: Locks) => readonly Param[];
  /** The parameters of the short form, when it fits. */
  readonly single: readonly Param[] | undefined;
  readonly result: (row: Row | undefined) => AppendResult;
}

const MOST_ATTEMPTS = 5;

function callOne(schema: string): string {
  return (
    `(select array[before] as befores, array["position"] as positions from ${schema}.append_one(` +
    `$1, $2::bigint, $3, $4, $5, $6::timestamptz))`
  );
}

function callMany(schema: string): string {
  return (
    `${schema}.append($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[],` +
    " $7::timestamptz, $8::text[], $9::text[], $10::text[], $11::boolean[], $12::boolean)"
  );
}

function expectedInSql(expected: ExpectedVersion): string {
  if (expected === "any") return "-1";
  if (expected === "exists") return "-2";
  return expected === "none" ? "0" : String(expected);
}

/** Reads `{1,2}`. */
function readIntegers(text: string | null | undefined): readonly number[] {
  return text == null ? [] : text.slice(1, -1).split(",").map(Number);
}

function refusal(error: unknown, appends: readonly PreparedAppend[]): unknown {
  switch (codeOf(error)) {
    case "CP409": {
      const { detail } = error as { readonly detail: string }; // `advance` raises it with one
      const { stream, actual } = JSON.parse(detail) as { stream: string; actual: number };
      const expected = appends.find((append) => append.stream === stream)?.expectedVersion ?? "any";
      return new ConcurrencyError(stream, expected, actual);
    }
    case "CP412":
      return new EventStoreError(
        "UNAVAILABLE",
        "The database keeps inline projections that this process does not apply, or not in this version: its appends would" +
          " leave them behind. Give all writers the same inline projections; to give one up for good, delete its row from" +
          " the table projections.",
        { cause: error, details: { outcome: "none" } },
      );
    default:
      return error;
  }
}
