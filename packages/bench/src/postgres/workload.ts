import type { Settings } from "../harness/worker.ts";

/** What every worker on Postgres is told. */
export interface PostgresSettings {
  readonly url: string;
  /** A schema of its own, which exists and is empty. */
  readonly schema: string;
  readonly writers: number;
  /** How long to wait for an event that may never be seen; milliseconds. */
  readonly patienceMs: number;
  /** Whether a commit waits for the disk. */
  readonly durable: boolean;
  /** Events in one append. */
  readonly batch: number;
  /** Events in the log, for tasks that read. */
  readonly events: number;
}

export function settingsOf(settings: Settings): PostgresSettings {
  const {
    url,
    schema,
    writers = 1,
    durable = true,
    patienceMs = 5_000,
    batch = 1,
    events = 0,
  } = settings;
  return {
    url: String(url),
    schema: String(schema),
    writers: Number(writers),
    patienceMs: Number(patienceMs),
    durable: Boolean(durable),
    batch: Number(batch),
    events: Number(events),
  };
}

/** An aggregate lives for so many appends: then a writer begins the next stream. */
const APPENDS_PER_STREAM = 10;

export interface Append {
  readonly stream: string;
  /** The version that the stream must be at: 0 to begin it. */
  readonly expected: number;
}

/** What the server is told for every connection: where its tables are, and whether to wait for the disk. */
export function connectionOptions({
  schema,
  durable,
}: Pick<PostgresSettings, "schema" | "durable">): string {
  return `-c search_path=${schema}${durable ? "" : " -c synchronous_commit=off"}`;
}

let runs = 0;

/** Lets writers append side by side, each to streams of its own and each one append at a time. */
export async function appendAll(
  count: number,
  { writers, batch }: Pick<PostgresSettings, "writers" | "batch">,
  append: (append: Append) => Promise<unknown>,
): Promise<void> {
  const run = `${process.pid}-${++runs}`;
  let left = count;
  await Promise.all(Array.from({ length: Math.min(writers, count) }, write));

  async function write(_: unknown, writer: number): Promise<void> {
    for (let done = 0; left > 0; done++) {
      left -= 1;
      const stream = `user-${run}-${writer}-${Math.floor(done / APPENDS_PER_STREAM)}`;
      await append({ stream, expected: (done % APPENDS_PER_STREAM) * batch });
    }
  }
}

/** The payload of the event at a version: 1 registers, the others rename. */
export function payloadOf(stream: string, version: number) {
  return version === 1
    ? { userId: stream, name: "Ada Lovelace", email: "ada@example.org" }
    : { userId: stream, name: `Ada Lovelace the ${version}th` };
}

/** The type of the event at a version. */
export function typeOf(version: number): "UserRegistered" | "UserRenamed" {
  return version === 1 ? "UserRegistered" : "UserRenamed";
}

/** SQL that makes `$1` events as {@link payloadOf} does, ten to a stream, in the order in which they would be written. */
export const MADE_EVENTS = `
  select i as position, 'user-' || (i - 1) / 10 as stream, 1 + (i - 1) % 10 as version,
    case when (i - 1) % 10 = 0 then 'UserRegistered' else 'UserRenamed' end as type,
    json_build_object(
      'userId', 'user-' || (i - 1) / 10,
      'name', 'Ada Lovelace the ' || 1 + (i - 1) % 10 || 'th',
      'email', case when (i - 1) % 10 = 0 then 'ada@example.org' end
    ) as payload,
    json_build_object('id', gen_random_uuid()) as metadata
  from generate_series(1, $1::bigint) i`;
