import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { expect, it } from "vitest";
import type { Client } from "./client.ts";
import { clientOf } from "./client.ts";
import { startProgram } from "./program.ts";
import { expectNothingLost, startWriters } from "./writers.ts";

it(
  "shows in one process what was written through another, to whoever brings the token",
  { timeout: 120_000 },
  async () => {
    await using server = await startEmbeddedPostgres();
    const env = { DATABASE_URL: server.connectionString };
    // both at once on an empty database: both want to make its tables
    await using first = startProgram(["--store=postgres"], env);
    await using second = startProgram(["--store=postgres"], env);
    const clients = [clientOf(await first.url()), clientOf(await second.url())] as const;

    for (const [here, there] of [clients, clients.toReversed() as [Client, Client]]) {
      const { user, token } = await here.create("Ada");
      const headers = { "Consistency-Token": token, Prefer: "wait=10" };
      const path = `/users/${user.id}?consistency=eventual`;
      const fresh = await there.request("GET", path, undefined, headers);
      expect(fresh.status).toBe(200);
      expect(await fresh.json()).toMatchObject(user);
    }

    const writers = clients.map((client) => startWriters(client, 3));
    await Promise.all(writers.map((one) => one.more(60)));
    await Promise.all(writers.map((one) => one.stop()));
    for (const { refusals, unanswered } of writers) {
      expect(refusals).toEqual([]);
      expect(unanswered).toBe(0);
    }
    for (const client of clients) {
      for (const one of writers) await expectNothingLost(client, one);
    }
    for (const consistency of ["sync", "eventual"] as const) {
      expect(await clients[0].list(consistency)).toEqual(await clients[1].list(consistency));
    }

    first.child.kill("SIGTERM");
    expect(await first.exit).toEqual({ code: 0, signal: null });
    const { user, token } = await clients[1].create("Still there");
    const eventual = await clients[1].list("eventual", token);
    expect(eventual.at(-1)).toMatchObject(user);
  },
);
