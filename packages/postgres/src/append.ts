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

/** One and the same statement around either form of the append: of one event, or of any number. */
export interface AppendStatements {
  readonly one: Statement;
  readonly many: Statement;
}

/**
 * Makes statements that append, and perhaps do more in the same transaction.
 *
 * @param around - Gets SQL for a table of one row, `befores` and `positions`, and how many parameters that has.
 */
export function appendStatements(
  schema: string,
  around: (appended: string, params: number) => string,
): AppendStatements {
  const one =
    `(select array[before] as befores, array["position"] as positions from ${schema}.append_one(` +
    `$1, $2::bigint, $3, $4, $5, $6::timestamptz))`;
  const many =
    `${schema}.append($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[],` +
    " $7::timestamptz, $8::text[], $9::text[], $10::text[], $11::boolean[], $12::boolean)";
  return { one: statement(around(one, 6)), many: statement(around(many, 12)) };
}

export interface AppenderOptions {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly serialized: boolean;
  readonly inline: InlineProjections;
}

/** Writes events, with what belongs to them, in one transaction. */
export class Appender {
  readonly #options: AppenderOptions;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  async append(
    appends: readonly PreparedAppend[],
    { one, many }: AppendStatements,
    more: readonly Param[] = [],
  ): Promise<AppendResult> {
    const { driver, inline } = this.#options;
    const draft = this.#draft(appends);
    if (inline.isEmpty) {
      return this.#insist(appends, async () => {
        const [row] = draft.single
          ? await driver.run(one, [...draft.single, ...more])
          : await driver.run(many, [...draft.params(NO_LOCKS), ...more]);
        return draft.result(row);
      });
    }
    return this.#insist(appends, async (locksAll) => {
      await inline.ready();
      const locks = locksAll ? inline.allLocks : inline.locksFor(draft.events);
      return driver.transaction(async (tx: Session) => {
        const [row] = await tx.run(many, [...draft.params(locks), ...more]);
        const result = draft.result(row);
        await inline.apply(tx, result.events, locks);
        return result;
      });
    });
  }

  /** What was rolled back for no fault of the writer is written again: nothing of it had happened. */
  async #insist<T>(
    appends: readonly PreparedAppend[],
    write: (locksAll: boolean) => Promise<T>,
  ): Promise<T> {
    let locksAll = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(locksAll);
      } catch (error) {
        const isNotBuilt = codeOf(error) === "CP425";
        if (isNotBuilt) this.#options.inline.doubt();
        if (error instanceof KeysMoved) locksAll = true;
        const isWorthIt = isNotBuilt || error instanceof KeysMoved || isRetriable(error);
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
