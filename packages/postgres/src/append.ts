import type {
  AppendResult,
  Clock,
  ExpectedVersion,
  PreparedAppend,
  RecordedEvent,
} from "@counterpoint/events";
import { ConcurrencyError, EventStoreError, encodeToken } from "@counterpoint/events";
import type { Alongside, AppendShape } from "./append-statement.ts";
import { AppendStatements } from "./append-statement.ts";
import type { Driver, Row, Session } from "./database.ts";
import { encodeDate } from "./column-codec.ts";
import type { Param } from "./param.ts";
import type { InlineProjections, Locks, TouchedDocument } from "./inline-projections.ts";
import { KeysMoved, locksOf } from "./inline-projections.ts";
import { codeOf, isRetriable } from "./postgres-errors.ts";

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
  readonly #statements: AppendStatements;
  #time: { readonly ms: number; readonly text: string } | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#statements = new AppendStatements(options.schema);
  }

  /** @param alongside - At most one; it comes back as it was when the append is tried again. */
  async append(
    appends: readonly PreparedAppend[],
    alongside: readonly Alongside[] = [],
  ): Promise<AppendResult> {
    const { driver, inline } = this.#options;
    const draft = this.#draft(appends);
    if (inline.isEmpty) {
      const write = (session: Session) => this.#write(session, draft, [], alongside);
      return this.#insist(appends, async (attempt) =>
        // By itself the statement has the connection's isolation; where that is repeatable read, writers of one stream
        // do not wait for each other, but fail. In a transaction of ours they wait.
        draft.result(await (attempt === 1 ? write(driver) : driver.transaction(write))),
      );
    }
    return this.#insist(appends, async (attempt, locksAll) => {
      await inline.ready();
      const ahead = attempt === 1 ? await inline.foldAhead(draft.events, appends) : undefined;
      if (ahead) {
        const both = [...alongside, ...ahead.alongside];
        const { documents } = ahead;
        const row = await ahead.follow(() => this.#write(driver, draft, documents, both));
        return draft.result(row);
      }
      const locks = locksAll ? inline.allLocks : inline.locksFor(draft.events);
      return driver.transaction(async (tx: Session) => {
        const result = draft.result(await this.#call(tx, draft, locks, alongside));
        await inline.apply(tx, result.events, locks);
        return result;
      });
    });
  }

  /** @param documents - What the append changes besides; each is locked. */
  async #write(
    session: Session,
    draft: Draft,
    documents: readonly TouchedDocument[],
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const { inline } = this.#options;
    if (draft.single && documents.length <= MOST_EXPRESS_DOCUMENTS) {
      const params = [
        ...draft.single.params,
        ...(inline.isEmpty ? [] : [inline.ids]),
        ...documents.flatMap(({ name, key }) => [name, key]),
      ];
      const { expected } = draft.single;
      const shape = { expected, inlines: !inline.isEmpty, locks: documents.length };
      const row = await this.#run(session, { form: "express", ...shape }, params, alongside);
      if (row) return row;
    }
    return this.#call(session, draft, locksOf(documents), alongside);
  }

  /** Appends by a function of the database, which says why when it refuses. */
  #call(
    session: Session,
    draft: Draft,
    locks: Locks,
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    return draft.single && this.#options.inline.isEmpty
      ? this.#run(session, ONE, draft.single.params, alongside)
      : this.#run(session, MANY, draft.params(locks), alongside);
  }

  async #run(
    session: Session,
    shape: AppendShape,
    params: readonly Param[],
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const made = this.#statements.of(shape, params.length, alongside);
    const all = [...params, ...alongside.flatMap((each) => each.params)];
    return (await session.run(made, all))[0];
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

  /** Many appends have one and the same millisecond. */
  #encodeTime(ms: number): string {
    if (this.#time?.ms !== ms) this.#time = { ms, text: encodeDate(new Date(ms)) };
    return this.#time.text;
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
    const at = this.#encodeTime(recordedAtMs);
    const expected = appends.map(({ expectedVersion }) => expectedInSql(expectedVersion));
    const payloads = events.map(({ payload }) =>
      payload === undefined ? null : JSON.stringify(payload),
    );
    const metadatas = events.map(({ metadata }) => JSON.stringify(metadata));
    const [event] = events;
    const [append] = appends;
    const single =
      event && append && events.length === 1 && !serialized
        ? {
            expected: append.expectedVersion,
            params: [event.stream, expected[0]!, event.type, payloads[0]!, metadatas[0]!, at], // one of each
          }
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
  /** What the short forms need, when they fit. */
  readonly single:
    { readonly expected: ExpectedVersion; readonly params: readonly Param[] } | undefined;
  readonly result: (row: Row | undefined) => AppendResult;
}

const MOST_ATTEMPTS = 5;
const MOST_EXPRESS_DOCUMENTS = 8;
const ONE: AppendShape = { form: "one", expected: "any", inlines: false, locks: 0 };
const MANY: AppendShape = { ...ONE, form: "many" };

function expectedInSql(expected: ExpectedVersion): string {
  if (expected === "any") return "-1";
  if (expected === "exists") return "-2";
  return expected === "none" ? "0" : String(expected);
}

/** Reads `{1,2}`, or `1` alone. */
function readIntegers(text: string | null | undefined): readonly number[] {
  if (text == null) return [];
  return text.startsWith("{") ? text.slice(1, -1).split(",").map(Number) : [Number(text)];
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
