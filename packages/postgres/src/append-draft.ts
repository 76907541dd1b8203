import type {
  AppendResult,
  Clock,
  ExpectedVersion,
  PreparedAppend,
  RecordedEvent,
} from "@counterpoint/events";
import { encodeToken } from "@counterpoint/events";
import { encodeDate } from "./column-codec.ts";

/** An append in the form in which it goes to the database, and what will come of it. */
export interface Draft {
  readonly appends: readonly PreparedAppend[];
  /** As far as they are known before they are written. */
  readonly events: readonly RecordedEvent[];
  /** One for each stream. */
  readonly expected: readonly string[];
  /** One for each event, as are `payloads` and `metadatas`. */
  readonly types: readonly string[];
  readonly payloads: readonly (string | null)[];
  readonly metadatas: readonly string[];
  readonly at: string;
  /**
   * @param befores - The version that each stream had.
   * @param positions - The position that each event was given.
   */
  result(befores: readonly number[], positions: readonly number[]): AppendResult;
}

export interface DraftsOptions {
  readonly clock: Clock;
  readonly createId: () => string;
}

/** Writes down appends. */
export class Drafts {
  readonly #options: DraftsOptions;
  #time: { readonly ms: number; readonly text: string } | undefined;

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  make(appends: readonly PreparedAppend[]): Draft {
    const { clock, createId } = this.#options;
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
    return {
      appends,
      events,
      expected: appends.map(({ expectedVersion }) => expectedInSql(expectedVersion)),
      types: events.map(({ type }) => type),
      payloads: events.map(({ payload }) =>
        payload === undefined ? null : JSON.stringify(payload),
      ),
      metadatas: events.map(({ metadata }) => JSON.stringify(metadata)),
      at: this.#encodeTime(recordedAtMs),
      result: (befores, positions) => resultOf(appends, events, befores, positions),
    };
  }

  /** Many appends have one and the same millisecond. */
  #encodeTime(ms: number): string {
    if (this.#time?.ms !== ms) this.#time = { ms, text: encodeDate(new Date(ms)) };
    return this.#time.text;
  }
}

function resultOf(
  appends: readonly PreparedAppend[],
  events: readonly RecordedEvent[],
  befores: readonly number[],
  positions: readonly number[],
): AppendResult {
  let at = 0;
  const recorded = appends.flatMap((append, index) =>
    append.events.map((_, offset) => ({
      ...events[at]!, // the database answers for each stream and each event
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

function expectedInSql(expected: ExpectedVersion): string {
  if (expected === "any") return "-1";
  if (expected === "exists") return "-2";
  return expected === "none" ? "0" : String(expected);
}
