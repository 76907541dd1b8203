import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProjector } from "@counterpoint/read-model";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder } from "../test/engines.ts";
import { added, totals } from "../test/sample.ts";
import { startEmbeddedPostgres } from "./embedded.ts";
import { isRunning } from "./folder-lock.ts";
import type { Database } from "./index.ts";
import { createPostgresStore, migrate } from "./index.ts";
import { openPglite } from "./pglite.ts";

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `test/child.ts`, collects what it says, and kills it as hard as can be. */
function startChild(
  kind: string,
  dataDir: string,
): {
  child: ChildProcess;
  lines: string[];
  died: Promise<unknown>;
  until: (holds: () => boolean) => Promise<void>;
} {
  const script = fileURLToPath(new URL("../test/child.ts", import.meta.url));
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const child = spawn(
    process.execPath,
    ["--import", tsx, "--conditions", "@counterpoint/source", script, kind, dataDir],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines: string[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  let isGone = false;
  const died = new Promise((resolve) => child.once("close", resolve)).then(() => (isGone = true));
  return { child, lines, died, until };

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (isGone) throw new Error(`The child is gone; it said: ${lines.join(" ")}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Every acknowledged append is there, and the read models agree with the log. */
async function expectWhole(db: Database, acknowledged: readonly number[]): Promise<void> {
  const store = createPostgresStore(db, { inline: [totals] });
  const { events } = await store.readLog({ after: 0, limit: 1_000_000 });
  const stored = new Set(events.map(({ position }) => position));
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter((position) => !stored.has(position))).toEqual([]);
  const eventual = totals.as("totals_eventual");
  await using projector = createProjector(store, { projections: [eventual] });
  await projector.start();
  const { token } = await store.append({ stream: "end", events: added("end", 1) });
  await projector.waitFor(token, { timeoutMs: 10_000 });
  const { documents } = await store.readModel(totals).find();
  expect((await store.readModel(eventual).find()).documents).toEqual(documents);
  const total = events.reduce((sum, { payload }) => sum + (payload as { n: number }).n, 1);
  expect(documents.reduce((sum, document) => sum + document.total, 0)).toBe(total);
}

const positionsOf = (lines: readonly string[]): number[] =>
  lines.filter((line) => /^\d+$/.test(line)).map(Number);

describe("a process that is killed in the middle of writes", () => {
  test("loses nothing that was acknowledged on an embedded server, and leaves no server behind", async () => {
    const dataDir = join(folder, "server");
    const { child, lines, died, until } = startChild("server", dataDir);
    await until(() => positionsOf(lines).length > 50);
    child.kill("SIGKILL");
    await died;
    const orphan = Number(lines.find((line) => line.startsWith("pid "))?.slice(4));
    await using server = await startEmbeddedPostgres({ dataDir });
    expect(isRunning(orphan)).toBe(false);
    const pool = new Pool({ connectionString: server.connectionString });
    await expectWhole(pool, positionsOf(lines));
    await pool.end();
  });

  // Three PGlites are made here, each of which takes seconds, and many on a busy machine.
  test("loses nothing that was acknowledged on PGlite", { timeout: 120_000 }, async () => {
    const dataDir = join(folder, "pglite");
    const { child, lines, died, until } = startChild("pglite", dataDir);
    await until(() => positionsOf(lines).length > 50);
    await expect(openPglite({ dataDir })).rejects.toThrow(`in use by process ${child.pid}`);
    child.kill("SIGKILL");
    await died;
    await using pglite = await openPglite({ dataDir });
    await expectWhole(pglite.db, positionsOf(lines));
  });

  test("loses nothing when the server is killed with it", async () => {
    const dataDir = join(folder, "both");
    const { child, lines, died, until } = startChild("server", dataDir);
    await until(() => positionsOf(lines).length > 50);
    process.kill(Number(lines.find((line) => line.startsWith("pid "))?.slice(4)), "SIGKILL");
    child.kill("SIGKILL");
    await died;
    await using server = await startEmbeddedPostgres({ dataDir });
    const pool = new Pool({ connectionString: server.connectionString });
    await expectWhole(pool, positionsOf(lines));
    await pool.end();
  });
});

describe("startEmbeddedPostgres", () => {
  test("keeps its data, and refuses a folder that is in use", async () => {
    const dataDir = join(folder, "kept");
    const first = await startEmbeddedPostgres({ dataDir });
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${process.pid}.`,
    );
    const pool = new Pool({ connectionString: first.connectionString });
    await migrate(pool);
    await createPostgresStore(pool).append({ stream: "s", events: added("s", 1) });
    await pool.end();
    await first.stop();
    await first.stop();
    await using second = await startEmbeddedPostgres({ dataDir });
    const again = new Pool({ connectionString: second.connectionString });
    expect(await createPostgresStore(again).readStream("s")).toHaveLength(1);
    await again.end();
  });

  test.each([
    ["", "is a file, not a folder"],
    ["/data", "lies below a file"],
  ])("refuses a file%s in the place of a folder, and so does PGlite", async (below, what) => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const dataDir = join(file, below);
    const refusal = `The data folder ${dataDir} ${what}. Choose another folder.`;
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(refusal);
    await expect(openPglite({ dataDir })).rejects.toThrow(refusal);
    expect(await readFile(file, "utf8")).toBe("");
  });

  test("removes a temporary folder at the end", async () => {
    const before = new Set(await readdir(tmpdir()));
    const server = await startEmbeddedPostgres();
    const made = (await readdir(tmpdir())).filter(
      (name) => !before.has(name) && name.startsWith("counterpoint-postgres-"),
    );
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(made.length).toBeGreaterThan(0);
    expect(made.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
  });

  test("says why the server did not start, and frees the folder", async () => {
    const dataDir = join(folder, "wrong");
    const settings = { no_such_setting: "1" };
    await expect(startEmbeddedPostgres({ dataDir, settings })).rejects.toThrow(/no_such_setting/);
    await using server = await startEmbeddedPostgres({ dataDir });
    expect(isRunning(server.pid)).toBe(true);
  });

  test("starts over what a crash in the middle of its first start has left", async () => {
    const dataDir = join(folder, "half");
    const { child, died, until } = startChild("server", dataDir);
    await until(
      () =>
        existsSync(dataDir) &&
        readdirSync(dataDir).some((name) => name.startsWith("postgres.new-")),
    );
    child.kill("SIGKILL");
    await died;
    await writeFile(join(dataDir, "counterpoint.lock"), "not a lock");
    await using server = await startEmbeddedPostgres({ dataDir });
    expect(isRunning(server.pid)).toBe(true);
  });
});
