import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { expect, it } from "vitest";
import { clientOf } from "./client.ts";
import { makeFolder } from "./folders.ts";
import { startProgram } from "./program.ts";
import { expectNothingLost, startWriters } from "./writers.ts";

it(
  "answers 503 while its server is away, goes on by itself, and loses nothing",
  { timeout: 120_000 },
  async () => {
    await using folder = await makeFolder();
    let server = await startEmbeddedPostgres({ dataDir: folder.path });
    const port = Number(new URL(server.connectionString).port);
    try {
      const env = { DATABASE_URL: server.connectionString };
      await using program = startProgram(["--store=postgres"], env);
      const client = clientOf(await program.url());
      const status = async (path: string) => {
        const response = await client.request("GET", path);
        return { status: response.status, type: response.headers.get("content-type") };
      };
      const away = { status: 503, type: "application/problem+json; charset=utf-8" };
      const writers = startWriters(client);

      for (let round = 0; round < 2; round++) {
        await writers.more(60);
        expect(await status("/health/ready")).toMatchObject({ status: 200 });
        await server.stop();
        expect(await status("/health/ready")).toEqual(away);
        expect(await status("/health/live")).toMatchObject({ status: 200 });
        expect(await status("/users?consistency=sync")).toEqual(away);
        expect(await status("/users?consistency=eventual")).toEqual(away);
        expect(await status("/lab/status")).toEqual(away);
        server = await startEmbeddedPostgres({ dataDir: folder.path, port });
        await expect.poll(() => status("/health/ready")).toMatchObject({ status: 200 });
      }
      await writers.more(60);
      await writers.stop();

      const refused = await Promise.all(
        writers.refusals.map(async (response) => ({
          status: response.status,
          type: response.headers.get("content-type"),
          code: ((await response.json()) as { code?: string }).code,
        })),
      );
      expect(refused.length).toBeGreaterThan(0);
      for (const one of refused) expect(one).toEqual({ ...away, code: "UNAVAILABLE" });
      expect(writers.unanswered).toBe(0);
      await expectNothingLost(client, writers);

      program.child.kill("SIGTERM");
      expect(await program.exit).toEqual({ code: 0, signal: null });
    } finally {
      await server.stop();
    }
  },
);
