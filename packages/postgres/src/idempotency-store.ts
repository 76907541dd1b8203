import type { IdempotencyEntry, IdempotencyStore } from "@counterpoint/bus/idempotency";
import type { Clock } from "@counterpoint/events";
import { assertOptions, systemClock } from "@counterpoint/events";
import type { Database } from "./database.ts";
import { driverOf, statement } from "./database.ts";
import { translate } from "./postgres-errors.ts";
import { DEFAULT_SCHEMA, quoteSchema } from "./schema-name.ts";

export interface PostgresIdempotencyStoreOptions {
  /** The schema that `migrate` was given. Default `counterpoint`. */
  readonly schema?: string;
  /** How long a result is kept, from its completion; milliseconds > 0. Default one day. */
  readonly ttlMs?: number;
  /** Says when leases and results end; all processes need about the same. */
  readonly clock?: Clock;
  /** Makes the names of claims. Default: random UUIDs. */
  readonly createId?: () => string;
}

/**
 * Keeps idempotency keys in the table `commands`, for all processes of one database.
 *
 * Each call is one statement, so of any number of concurrent claims exactly one is new. Results that are older than
 * `ttlMs` are forgotten when their key is claimed again.
 *
 * @throws {TypeError} When `db` is neither a pool nor a PGlite, an option is unknown, or the schema's name unusable.
 * @throws {RangeError} When `ttlMs` is not > 0.
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { idempotency } from "@counterpoint/bus/idempotency";
 * import { createPostgresIdempotencyStore } from "@counterpoint/postgres";
 * import { Pool } from "pg";
 *
 * const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
 * const once = idempotency({ store: createPostgresIdempotencyStore(pool) });
 * const commands = new CommandBus({ middleware: [once] });
 * ```
 */
export function createPostgresIdempotencyStore(
  db: Database,
  options: PostgresIdempotencyStoreOptions = {},
): IdempotencyStore {
  assertOptions("createPostgresIdempotencyStore", options, KNOWN);
  const { schema: name = DEFAULT_SCHEMA, ttlMs = 86_400_000, clock = systemClock } = options;
  const { createId = () => crypto.randomUUID() } = options;
  if (!(ttlMs > 0)) throw new RangeError(`Expected ttlMs to be > 0, got ${ttlMs}.`);
  const driver = driverOf(db);
  const table = `${quoteSchema(name)}.commands`;
  const at = (param: string): string => `to_timestamp(${param}::double precision / 1000)`;
  const begin = statement(
    `insert into ${table} as c (key, fingerprint, claim, lease_until) values ($1, $2, $3, ${at("$4")})
     on conflict (key) do update
       set fingerprint = excluded.fingerprint, claim = excluded.claim, lease_until = excluded.lease_until,
         result = null, done_at = null
       where (c.done_at is not null and c.done_at <= ${at("$6")})
         or (c.done_at is null and c.fingerprint = excluded.fingerprint and c.lease_until <= ${at("$5")})
     returning claim`,
  );
  const find = statement(
    `select fingerprint, done_at is not null, result from ${table} where key = $1`,
  );
  const complete = statement(
    `update ${table} set result = case when done_at is null then $3::json else result end, lease_until = null, done_at = coalesce(done_at, ${at("$4")})
     where key = $1 and claim = $2 returning 1`,
  );
  const abandon = statement(
    `delete from ${table} where key = $1 and claim = $2 and done_at is null`,
  );

  return {
    begin: ({ key, fingerprint, leaseMs }) =>
      guarded(async (): Promise<IdempotencyEntry> => {
        for (;;) {
          const claim = createId();
          const nowMs = clock.now();
          const times = [nowMs + leaseMs, nowMs, nowMs - ttlMs];
          const [claimed] = await driver.run(begin, [key, fingerprint, claim, ...times]);
          if (claimed) return { status: "new", claim };
          const [row] = await driver.run(find, [key]);
          if (!row) continue; // set free between the two statements
          const [found = "", isDone, result] = row;
          if (isDone !== "t") return { status: "pending", fingerprint: found ?? "" };
          const stored: unknown = result == null ? undefined : JSON.parse(result);
          return { status: "done", fingerprint: found ?? "", result: stored };
        }
      }),
    complete: ({ key, claim, result }) =>
      guarded(async () => {
        const json = (JSON.stringify(result) as string | undefined) ?? null; // `undefined` has no JSON
        return (await driver.run(complete, [key, claim, json, clock.now()])).length > 0;
      }),
    abandon: ({ key, claim }) =>
      guarded(async () => void (await driver.run(abandon, [key, claim]))),
  };

  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw translate(error, name, "store");
    }
  }
}

const KNOWN: Readonly<Record<keyof PostgresIdempotencyStoreOptions, true>> = {
  schema: true,
  ttlMs: true,
  clock: true,
  createId: true,
};
