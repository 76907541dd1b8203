// One process of writers: appends in every way there is until its share is done, and reports what was acknowledged.
import type { StreamAppend } from "@counterpoint/events";
import type { PoolClient } from "pg";
import { Pool } from "pg";
import { createPostgresStore } from "../src/index.ts";
import type { Random } from "./random.ts";
import { createRandom } from "./random.ts";
import { Happened } from "./witness.ts";

/** What a writer process is told. */
export interface WriterOrder {
  readonly connectionString: string;
  readonly schema: string;
  readonly seed: number;
  readonly writers: number;
  readonly streams: number;
  readonly events: number;
}

/** What it reports from time to time, and at the end. */
export interface WriterReport {
  readonly positions: readonly number[];
  readonly tally: Readonly<Record<string, number>>;
  readonly done: boolean;
}

process.once("message", (order: WriterOrder) => {
  void write(order);
});
process.once("disconnect", () => process.exit()); // done, or the one who asked is gone

async function write({
  connectionString,
  schema,
  seed,
  writers,
  streams,
  events,
}: WriterOrder): Promise<void> {
  const pool = new Pool({ connectionString, max: writers, application_name: "torture-writer" });
  const store = createPostgresStore(pool, { schema });
  const tally: Record<string, number> = {};
  let positions: number[] = [];
  let left = events;
  await Promise.all(
    Array.from({ length: writers }, (_, index) => writer(createRandom(seed * 1_000 + index))),
  );
  await pool.end();
  process.send?.({ positions, tally, done: true } satisfies WriterReport);
  process.disconnect();

  async function writer(random: Random): Promise<void> {
    while (left > 0) {
      const [kind, act] = choose(random);
      try {
        acknowledge(await act(random));
        count(kind);
      } catch (error) {
        const code = (error as { readonly code?: unknown }).code;
        count(`${kind}: ${typeof code === "string" ? code : (error as Error).message}`);
      }
    }
  }

  function acknowledge(written: readonly number[]): void {
    left -= written.length;
    for (const position of written) positions.push(position);
    if (positions.length < 5_000) return;
    process.send?.({ positions, tally, done: false } satisfies WriterReport);
    positions = [];
  }

  function count(what: string): void {
    tally[what] = (tally[what] ?? 0) + 1;
  }

  type Act = (random: Random) => Promise<readonly number[]>;

  function choose(random: Random): readonly [string, Act] {
    const ways: readonly (readonly [number, string, Act])[] = [
      [70, "append", appendOne],
      [12, "append several", appendSeveral],
      [8, "transaction", (random) => transact(random, "commit")],
      [4, "rollback", (random) => transact(random, "rollback")],
      [4, "savepoint", withSavepoint],
      [2, "slow transaction", (random) => transact(random, "commit", 40 + random.integer(120))],
    ];
    let at = random.integer(100);
    for (const [share, kind, act] of ways) {
      if (at < share) return [kind, act];
      at -= share;
    }
    return ["append", appendOne];
  }

  async function appendOne(random: Random): Promise<readonly number[]> {
    const append = draft(random, 1);
    const { events } = await store.append(append);
    return events.map(({ position }) => position);
  }

  async function appendSeveral(random: Random): Promise<readonly number[]> {
    const drafts = new Map<string, StreamAppend>();
    for (let n = 1 + random.integer(3); n > 0; n--) {
      const append = draft(random, 1 + random.integer(8));
      drafts.set(append.stream, append);
    }
    const { events } = await store.append([...drafts.values()]);
    return events.map(({ position }) => position);
  }

  function draft(random: Random, events: number): StreamAppend {
    return {
      stream: `s-${random.integer(streams)}`,
      events: Array.from({ length: events }, () => Happened({ weight: 1 + random.integer(1_000) })),
    };
  }

  /** Draws its position early, lingers, and ends in one way or the other. */
  async function transact(
    random: Random,
    end: string,
    lingerMs = random.integer(5),
  ): Promise<readonly number[]> {
    return onClient(async (client) => {
      await client.query("begin");
      const drawn = await append(client, random);
      await sleep(lingerMs);
      await client.query(end);
      return end === "commit" ? drawn : [];
    });
  }

  async function withSavepoint(random: Random): Promise<readonly number[]> {
    return onClient(async (client) => {
      await client.query("begin");
      const kept = random.integer(2) === 0 ? await append(client, random) : [];
      await client.query("savepoint here");
      await append(client, random);
      await client.query("rollback to savepoint here");
      await sleep(random.integer(3));
      const last = await append(client, random);
      await client.query("commit");
      return [...kept, ...last];
    });
  }

  async function append(client: PoolClient, random: Random): Promise<readonly number[]> {
    const { stream, events } = draft(random, 1 + random.integer(3));
    const [only] = events;
    if (only && events.length === 1) {
      const metadata = JSON.stringify({ id: crypto.randomUUID() });
      const { rows } = await client.query<{ position: string }>(
        `select position from ${schema}.append_one($1, -1, $2, $3, $4, now())`,
        [stream, only.type, JSON.stringify(only.payload), metadata],
      );
      return rows.map(({ position }) => Number(position));
    }
    const { rows } = await client.query<{ positions: string[] }>(
      `select positions from ${schema}.append(array[$1], '{-1}', array[$2::integer], $3::text[], $4::text[], $5::text[], now())`,
      [
        stream,
        events.length,
        events.map(({ type }) => type),
        events.map(({ payload }) => JSON.stringify(payload)),
        events.map(() => JSON.stringify({ id: crypto.randomUUID() })),
      ],
    );
    return rows[0]?.positions.map(Number) ?? [];
  }

  async function onClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let broken: Error | undefined;
    const onError = (error: Error): void => void (broken = error);
    const client = await new Promise<PoolClient>((resolve, reject) => {
      pool.connect((error, connected) => {
        if (!connected) return reject(error ?? new Error("No client, and no reason."));
        connected.on("error", onError); // at once: a promise would come too late for a client that is killed now
        resolve(connected);
      });
    });
    try {
      return await work(client);
    } catch (error) {
      await client.query("rollback").catch(onError);
      throw error;
    } finally {
      client.removeListener("error", onError);
      client.release(broken);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
