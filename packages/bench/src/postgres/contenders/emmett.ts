import type { Event } from "@event-driven-io/emmett";
import type { PostgresEventStore } from "@event-driven-io/emmett-postgresql";
import {
  getPostgreSQLEventStore,
  pongoSingleStreamProjection,
} from "@event-driven-io/emmett-postgresql";
import { Pool } from "pg";
import type { Measured, Task } from "../../harness/worker.ts";
import { timed } from "../../harness/worker.ts";
import type { PostgresSettings } from "../workload.ts";
import { appendAll, connectionOptions } from "../workload.ts";
import { paced } from "./lag.ts";
import { eventsFrom } from "./users.ts";

type UserEvent = Event<
  "UserRegistered" | "UserRenamed",
  { readonly userId: string; readonly name: string; readonly email?: string }
>;
type User = { readonly name: string; readonly email: string };

/** The same list of users, the way that its documentation shows. */
const directory = (name: string) =>
  pongoSingleStreamProjection<User, UserEvent>({
    collectionName: name,
    canHandle: ["UserRegistered", "UserRenamed"],
    evolve: (user: User | null, { data }: UserEvent) => ({
      email: data.email ?? "",
      ...user,
      name: data.name,
    }),
  });

export async function emmett(settings: PostgresSettings, mode: string): Promise<Task> {
  const { url, writers, batch, events } = settings;
  const inSchema = new URL(url);
  inSchema.searchParams.set("options", connectionOptions(settings));
  const connectionString = inSchema.href;
  const pool = new Pool({ connectionString, max: writers + 2 });
  const inline = mode === "emmett-inline" ? [directory("users_sync")] : [];
  const store = getPostgreSQLEventStore(connectionString, {
    connectionOptions: { pool },
    projections: inline.map((projection) => ({ type: "inline", projection })),
  });
  await store.schema.migrate();
  const stop = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  if (mode === "emmett-read") {
    await append(store, "long", 0, events);
    return timed(async (count) => {
      for (let index = 0; index < count; index++) {
        const { events: read } = await store.readStream<UserEvent>("long");
        if (read.length !== events) throw new Error(`Read ${read.length} of ${events} events.`);
      }
    }, stop);
  }
  if (mode === "emmett-lag") return lag(settings, store, stop);
  if (mode === "emmett-catch-up" || mode === "emmett-catch-up-default") {
    for (let index = 0; index < events / 10; index++) await append(store, `user-${index}`, 0, 10);
    return { measure: () => catchUp(store, events, mode), stop };
  }
  return timed(
    (count) =>
      appendAll(count, settings, ({ stream, expected }) => append(store, stream, expected, batch)),
    stop,
  );
}

async function append(
  store: PostgresEventStore,
  stream: string,
  expected: number,
  batch: number,
): Promise<void> {
  const events = eventsFrom(stream, expected, batch).map(({ type, payload }): UserEvent => ({
    type,
    data: payload,
  }));
  await store.appendToStream(stream, events, {
    expectedStreamVersion: expected === 0 ? "STREAM_DOES_NOT_EXIST" : BigInt(expected),
  });
}

let replays = 0;

/** A fresh projection follows the log; timed from its first batch to its last, without what starting and stopping takes. */
async function catchUp(store: PostgresEventStore, events: number, mode: string): Promise<Measured> {
  const name = `users_${++replays}`;
  const consumer = store.consumer({
    stopWhen: { noMessagesLeft: true },
    ...(mode === "emmett-catch-up"
      ? { pulling: { batchSize: 1_000, pullingFrequencyInMs: 1 } }
      : {}),
  });
  let handled = 0;
  let startMs: number | undefined;
  let endMs = 0;
  const projection = directory(name);
  consumer.projector<UserEvent>({
    processorId: name,
    projection: {
      ...projection,
      handle: async (messages, context) => {
        startMs ??= performance.now();
        await projection.handle(messages, context);
        handled += messages.length;
        endMs = performance.now();
      },
    },
    startFrom: "BEGINNING",
  });
  await consumer.start();
  await consumer.close();
  if (handled !== events || startMs === undefined) {
    throw new Error(`Followed ${handled} of ${events} events.`);
  }
  return { perSecond: 1_000 / (endMs - startMs) };
}

function lag(
  settings: PostgresSettings,
  store: PostgresEventStore,
  stop: () => Promise<void>,
): Task {
  const waiting = new Map<string, () => void>();
  const consumer = store.consumer();
  consumer.reactor<UserEvent>({
    processorId: "lag",
    eachMessage: ({ data }: UserEvent) => {
      waiting.get(data.userId)?.();
    },
  });
  const running = consumer.start();
  return paced(
    settings,
    async (stream) => {
      const seen = new Promise<void>((resolve) => waiting.set(stream, resolve));
      await append(store, stream, 0, 1);
      await seen;
    },
    async () => {
      await consumer.stop();
      await running;
      await stop();
    },
  );
}
