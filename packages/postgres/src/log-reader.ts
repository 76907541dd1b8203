import type {
  LogSlice,
  ReadLogOptions,
  ReadStreamOptions,
  RecordedEvent,
  Upcaster,
} from "@counterpoint/events";
import { assertReadLog, assertReadStream, isStorableText } from "@counterpoint/events";

import type { Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import { EVENT_COLUMNS, EVENT_WIDTH, decodeEvent } from "./stored-event.ts";

/** Reads streams, and the log up to where nothing can come in between any more. */
export class LogReader {
  readonly #session: Session;
  readonly #upcast: Upcaster;
  readonly #ceiling: () => Promise<number>;
  readonly #readStream: Statement;
  readonly #readLog: Statement;
  readonly #head: Statement;

  constructor(session: Session, schema: string, upcast: Upcaster) {
    this.#session = session;
    this.#upcast = upcast;
    const ceiling = statement(`select ${schema}.ceiling()::text`);
    this.#ceiling = shared(async () => Number((await session.run(ceiling))[0]?.[0]));
    this.#readStream = statement(
      `select ${EVENT_COLUMNS} from ${schema}.events e
       where e.stream = $1 and e.version >= $2::bigint order by e.version limit $3::bigint`,
    );
    this.#readLog = statement(
      `select h.head, ${EVENT_COLUMNS}, e.append_end
       from (select max(position) as head from ${schema}.events where position <= $1::bigint) h
       left join lateral (
         select * from ${schema}.events
         where position > $2::bigint and position <= $1::bigint order by position limit $3::bigint
       ) e on true
       order by e.position`,
    );
    this.#head = statement(
      `select max(position) from ${schema}.events where position <= $1::bigint`,
    );
  }

  async readStream(
    stream: string,
    options: ReadStreamOptions = {},
  ): Promise<readonly RecordedEvent[]> {
    assertReadStream(options);
    if (!isStorableText(stream)) return [];
    const { fromVersion = 1, limit = null } = options;
    const rows = await this.#session.run(this.#readStream, [stream, fromVersion, limit]);
    return rows.map((row) => decodeEvent(row, 0, this.#upcast));
  }

  /** Two statements, so that the second sees all that has ended before the first looked who is in flight. */
  async readLog(options: ReadLogOptions): Promise<LogSlice> {
    assertReadLog(options);
    return this.readUpTo(await this.#ceiling(), options);
  }

  /** @param session - In a transaction that has locked appenders out, the ceiling is no matter. */
  async readUpTo(
    ceiling: number,
    { after, limit }: ReadLogOptions,
    session: Session = this.#session,
  ): Promise<LogSlice> {
    const rows = await session.run(this.#readLog, [ceiling, after, limit]);
    const head = Number(rows[0]?.[0] ?? 0); // one row at least, and null for an empty log
    const events: RecordedEvent[] = [];
    for (const row of rows) {
      // The rest of its append lies above the ceiling, among events that may be preceded by others still.
      if (row[1] === null || Number(row[1 + EVENT_WIDTH]) > ceiling) break;
      events.push(decodeEvent(row, 1, this.#upcast));
    }
    return { events, head };
  }

  /** The last position that was written. @param session - In a transaction that has locked appenders out. */
  async lastWritten(session: Session): Promise<number> {
    const [row] = await session.run(this.#head, [Number.MAX_SAFE_INTEGER]);
    return Number(row?.[0] ?? 0);
  }

  async head(): Promise<number> {
    const [row] = await this.#session.run(this.#head, [await this.#ceiling()]);
    return Number(row?.[0] ?? 0);
  }
}

/**
 * Lets all who ask while one answer is on its way share the next one: an answer must not be older than the question.
 */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  return function askOnce() {
    if (current === undefined) return start();
    return (next ??= current.then(start, start));
  };

  function start(): Promise<T> {
    next = undefined;
    const asked = ask().finally(() => {
      if (current === asked) current = undefined;
    });
    current = asked;
    return asked;
  }
}
