import { setTimeout as sleep } from "node:timers/promises";
import { createPostgresStore, migrate } from "@counterpoint/postgres";
import { createProjector } from "@counterpoint/read-model";
import { quantile } from "../../harness/statistics.ts";
import type { Task } from "../../harness/worker.ts";
import type { PostgresSettings } from "../workload.ts";
import { openPool } from "./raw.ts";
import { eventsFrom, userDirectory } from "./users.ts";

const PER_SECOND = 200;

/**
 * Appends at an even pace and measures, in milliseconds, from the call to when a reader could see it. What is never seen
 * is counted, not waited for.
 */
export function paced(
  { patienceMs }: Pick<PostgresSettings, "patienceMs">,
  visible: (stream: string) => Promise<void>,
  stop: () => Promise<void>,
): Task {
  let runs = 0;
  return {
    stop,
    async measure(count) {
      const run = ++runs;
      const start = performance.now();
      const lags: number[] = [];
      const pending: Promise<void>[] = [];
      for (let index = 0; index < count; index++) {
        const due = start + (index * 1_000) / PER_SECOND;
        const early = due - performance.now();
        if (early > 0) await sleep(early);
        const called = performance.now();
        const seen = visible(`user-${run}-${index}`).then(() => {
          lags.push(performance.now() - called);
        });
        pending.push(seen);
      }
      const late = new AbortController();
      const patience = sleep(patienceMs, undefined, late).catch(() => undefined);
      await Promise.race([Promise.all(pending), patience]);
      late.abort();
      if (lags.length === 0) throw new Error(`None of ${count} events was seen.`);
      const measured = { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99) };
      return { ...measured, unseen: (1 - lags.length / count) * 100 };
    },
  };
}

/** Inline, or followed by a projector: woken in process, woken by NOTIFY as from another process, or only polling. */
export async function counterpointLag(settings: PostgresSettings, mode: string): Promise<Task> {
  const { schema } = settings;
  const pool = openPool({ ...settings, writers: 18 });
  await migrate(pool, { schema });
  const inline = mode === "inline" ? [userDirectory.as("users_sync")] : [];
  const listen = mode === "notify";
  const writer = createPostgresStore(pool, { schema, inline, listen });
  const append = (stream: string) =>
    writer.append({ stream, events: eventsFrom(stream, 0, 1), expectedVersion: "none" });
  if (mode === "inline") {
    return paced(
      settings,
      async (stream) => void (await append(stream)),
      () => pool.end(),
    );
  }
  // A store of its own hears of another one's appends by NOTIFY alone, or by polling.
  const followed = mode === "wake" ? writer : createPostgresStore(pool, { schema, listen });
  const projector = createProjector(followed, {
    projections: [userDirectory.as("users_eventual")],
    ...(mode === "poll" ? { pollIntervalMs: 50 } : {}),
  });
  await projector.start();
  return paced(
    settings,
    async (stream) => {
      const { token } = await append(stream);
      await projector.waitFor(token, { timeoutMs: 30_000 });
    },
    async () => {
      await projector.stop();
      await pool.end();
    },
  );
}
