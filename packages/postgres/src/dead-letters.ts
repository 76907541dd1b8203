import type { RecordedEvent, Upcaster } from "@counterpoint/events";
import type {
  DeadLetter,
  DeadLetterAct,
  DeadLetterOrder,
  Follower,
  ListDeadLettersOptions,
  Poison,
} from "@counterpoint/read-model";
import { keyOrNone, outOfOrder, readForLetter } from "@counterpoint/read-model";
import type { Driver, Row, Session, Statement } from "./database.ts";
import { statement } from "./database.ts";
import { EVENT_COLUMNS, decodeEvent } from "./stored-event.ts";

interface DeadLettersOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly upcast: Upcaster;
}

type NewLetter = Pick<DeadLetter, "event" | "key" | "reason" | "error" | "attempts">;

/** Columns in front of the event's. */
const OWN_COLUMNS =
  "l.name, l.key, l.reason, l.error, l.attempts, round(date_part('epoch', l.set_aside_at) * 1000)";
const OWN_WIDTH = 6;

/**
 * Keeps what could not be handled, and what was done about it.
 *
 * Whatever adds or takes a letter locks the follower's checkpoints first, so that no event is put behind a parked one that
 * somebody takes away at that moment.
 */
export class DeadLetters {
  readonly #driver: Driver;
  readonly #upcast: Upcaster;
  readonly #sql: Record<
    "list" | "count" | "parked" | "add" | "first" | "close" | "fail" | "clear" | "move" | "acts",
    Statement
  >;

  constructor({ driver, schema, upcast }: DeadLettersOptions) {
    this.#driver = driver;
    this.#upcast = upcast;
    const letters = `${schema}.dead_letters`;
    const acts = `insert into ${schema}.dead_letter_acts (name, position, act, actor, reason)`;
    this.#sql = {
      list: statement(
        `select ${OWN_COLUMNS}, ${EVENT_COLUMNS} from ${letters} l join ${schema}.events e using (position)
         where l.name = $1 and position > $2::bigint and ($3::text is null or l.key = $3)
         order by position limit $4::bigint`,
      ),
      count: statement(`select count(*) from ${letters} where name = $1`),
      parked: statement(
        `select distinct key from ${letters} where name = $1 and key = any($2::text[]) and reason <> 'skipped'`,
      ),
      add: statement(
        `with added as (
           insert into ${letters} (name, position, key, reason, error, attempts)
           select $1, n.position, n.key, n.reason, n.error, n.attempts
           from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::integer[])
             as n(position, key, reason, error, attempts)
           on conflict do nothing returning position, error
         )
         ${acts} select $1, position, 'set aside', 'system', error from added order by position`,
      ),
      first: statement(
        `select min(position) from ${letters} where name = $1 and key = $2 and reason <> 'skipped'`,
      ),
      close: statement(
        `with gone as (delete from ${letters} where name = $1 and position = $2::bigint returning position)
         ${acts} select $1, position, $3, $4, $5 from gone returning 1`,
      ),
      fail: statement(
        `with failed as (
           update ${letters} set error = $5, attempts = attempts + 1
           where name = $1 and position = $2::bigint returning position
         )
         ${acts} select $1, position, $3, $4, $5 from failed`,
      ),
      clear: statement(
        `with gone as (delete from ${letters} where name = $1 returning position)
         ${acts} select $1, position, 'cleared by a rebuild', 'system', '' from gone order by position`,
      ),
      move: statement(
        `with moved as (update ${letters} set name = $2 where name = $1 returning position, error)
         ${acts} select $2, position, 'set aside', 'system', error from moved order by position`,
      ),
      acts: statement(
        `select position, act, actor, reason, round(date_part('epoch', at) * 1000)
         from ${schema}.dead_letter_acts where name = $1 order by id limit $2::bigint`,
      ),
    };
  }

  async list(
    name: string,
    { key, after = 0, limit = 100 }: ListDeadLettersOptions = {},
    session: Session = this.#driver,
  ): Promise<readonly DeadLetter[]> {
    const rows = await session.run(this.#sql.list, [name, after, key ?? null, limit]);
    return rows.map((row) => this.#decode(row));
  }

  async count(name: string, session: Session = this.#driver): Promise<number> {
    const [row] = await session.run(this.#sql.count, [name]);
    return Number(row?.[0]);
  }

  async parkedKeys(
    name: string,
    keys: readonly string[],
    session: Session = this.#driver,
  ): Promise<readonly string[]> {
    if (keys.length === 0) return [];
    const parked = new Set((await session.run(this.#sql.parked, [name, keys])).map(([key]) => key));
    return keys.filter((key) => parked.has(key));
  }

  async acts(
    name: string,
    { limit = 1_000 }: { readonly limit?: number } = {},
  ): Promise<readonly DeadLetterAct[]> {
    const rows = await this.#driver.run(this.#sql.acts, [name, limit]);
    return rows.map(([position, act, actor, reason, atMs]) => ({
      name,
      position: Number(position),
      act: act as DeadLetterAct["act"], // written below, and nowhere else
      actor: actor!, // not null, as all columns
      reason: reason!,
      at: new Date(Number(atMs)),
    }));
  }

  /** @throws {ReadModelError} `OUT_OF_ORDER` when an older letter of its key has to come first. */
  async next(tx: Session, name: string, position: number): Promise<DeadLetter | undefined> {
    const [letter] = await this.list(name, { after: position - 1, limit: 1 }, tx);
    if (letter?.position !== position) return undefined;
    const [row] = await tx.run(this.#sql.first, [name, letter.key]);
    const first = Number(row?.[0] ?? position);
    if (first < position && letter.reason !== "skipped") throw outOfOrder(name, first, letter.key);
    return letter;
  }

  async add(tx: Session, name: string, letters: readonly NewLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await tx.run(this.#sql.add, [
      name,
      letters.map(({ event }) => String(event.position)),
      letters.map(({ key }) => key),
      letters.map(({ reason }) => reason),
      letters.map(({ error }) => storable(error)),
      letters.map(({ attempts }) => String(attempts)),
    ]);
  }

  async close(
    tx: Session,
    name: string,
    position: number,
    act: "retried" | "discarded",
    { actor = "system", reason = "" }: DeadLetterOrder = {},
  ): Promise<boolean> {
    const params = [name, position, act, storable(actor), storable(reason)];
    return (await tx.run(this.#sql.close, params)).length > 0;
  }

  async noteFailedRetry(
    name: string,
    position: number,
    error: string,
    { actor = "system" }: DeadLetterOrder = {},
  ): Promise<void> {
    const params = [name, position, "retry failed", storable(actor), storable(error)];
    await this.#driver.run(this.#sql.fail, params);
  }

  async clear(tx: Session, name: string): Promise<void> {
    await tx.run(this.#sql.clear, [name]);
  }

  /** Hands the letters of one follower to another, whose own are cleared. */
  async move(tx: Session, from: string, to: string): Promise<void> {
    await this.clear(tx, to);
    await tx.run(this.#sql.move, [from, to]);
  }

  #decode(row: Row): DeadLetter {
    const read = readForLetter(() => decodeEvent(row, OWN_WIDTH, this.#upcast));
    return {
      name: row[0]!, // not null, as all of its own columns
      position: read.event.position,
      key: row[1]!,
      ...read,
      reason: row[2] as DeadLetter["reason"], // the table checks it
      error: row[3]!,
      attempts: Number(row[4]),
      setAsideAt: new Date(Number(row[5])),
    };
  }
}

/** Writes an event that failed as a letter. */
export function letterOf(follower: Follower, poison: Poison): NewLetter {
  const { event, error, attempts, policy } = poison;
  const key = keyOrNone(follower, event);
  const reason =
    policy === "skip" || key === "" ? "skipped" : policy === "park" ? "parked" : policy;
  return { event, key, reason, error, attempts };
}

/** Writes an event that was not tried, because its key is parked, as a letter. */
export function letterBehind(follower: Follower, event: RecordedEvent): NewLetter {
  return letterOf(follower, { event, error: "", attempts: 0, policy: "behind" });
}

/** Errors may quote anything; what Postgres cannot keep is replaced. */
function storable(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD").replace(/\p{Surrogate}/gu, "\uFFFD");
}
