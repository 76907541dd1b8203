import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemScheduler } from "@counterpoint/events";
import type { ExperimentReport } from "../../server/ordering/messages.ts";
import { OrderingLab } from "../../server/ordering/ordering-lab.ts";
import type { TestDemo } from "../http/demo.ts";
import { openDemo } from "../http/demo.ts";
import { startProgram } from "../stores/program.ts";
import type { RealServer } from "./real-server.ts";
import { startRealServer } from "./real-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let real: RealServer;
beforeAll(async () => void (real = await startRealServer()));
afterAll(() => real?.[Symbol.asyncDispose]());

/** @param beatMs - With one that never ends, an experiment does not come to its own end either. */
function openPostgresDemo(beatMs = 0): Promise<TestDemo> {
  return openDemo({ beatMs }, 0, { store: "postgres", databaseUrl: real.server.connectionString });
}

const FOR_EVER = 3_600_000;

function run(demo: TestDemo, schedule = "overtaken writer"): Promise<Response> {
  return demo.send("POST", "/lab/ordering", { schedule });
}

/** The schemas of an experiment go a moment before it is over. */
async function runWhenFree(demo: TestDemo): Promise<Response> {
  for (;;) {
    const response = await run(demo);
    if (response.status !== 409) return response;
  }
}

async function schemas(on = real.client): Promise<number> {
  const { rows } = await on.query<{ n: number }>(
    "select count(*)::integer as n from pg_namespace where nspname like 'counterpoint_ordering_%'",
  );
  return rows[0]?.n ?? 0;
}

const UNDER_WAY = { timeout: 30_000, interval: 10 };

describe("POST /lab/ordering", () => {
  it("answers with what every strategy came to, as the document says", async () => {
    await using demo = await openPostgresDemo();
    const response = await run(demo);
    expect(response.status).toBe(200);
    const { schedule, strategies } = (await response.json()) as ExperimentReport;
    expect(schedule).toBe("overtaken writer");
    expect(strategies.map(({ strategy, lost }) => [strategy, lost])).toEqual([
      ["naive", ["A"]],
      ["registry", []],
      ["serialized", []],
      ["fence", []],
    ]);
    expect(await schemas()).toBe(0);
  });

  it("does not touch the log of the demo", async () => {
    await using demo = await openPostgresDemo();
    const head = async () =>
      ((await (await demo.request("/lab/status")).json()) as { head: number }).head;
    const before = await head();
    expect((await run(demo, "rollback")).status).toBe(200);
    expect(await head()).toBe(before);
  });

  it("runs one at a time; when whoever asked hangs up it is cut short, and the next may begin", async () => {
    const demo = await openPostgresDemo(FOR_EVER);
    const asked = httpRequest({
      ...{ host: "127.0.0.1", port: demo.port, path: "/lab/ordering", method: "POST" },
      headers: { "content-type": "application/json" },
    });
    asked.on("error", () => {}); // it is destroyed on purpose
    asked.end(JSON.stringify({ schedule: "overtaken writer" }));
    await vi.waitUntil(async () => (await schemas()) > 0, UNDER_WAY);
    const second = await run(demo);
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ code: "EXPERIMENT_UNDER_WAY" });

    asked.destroy();
    await vi.waitUntil(async () => (await schemas()) === 0, UNDER_WAY);
    const third = runWhenFree(demo);
    await vi.waitUntil(async () => (await schemas()) > 0, UNDER_WAY);
    const [response] = await Promise.all([third, demo.stop()]);
    expect(response.status).toBe(503);
  });

  it("is cut short when the demo stops, and leaves nothing", async () => {
    const demo = await openPostgresDemo(FOR_EVER);
    const running = run(demo);
    await vi.waitUntil(async () => (await schemas()) > 0, UNDER_WAY);
    const [response] = await Promise.all([running, demo.stop()]);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: "EXPERIMENT_CUT_SHORT",
      error: "The experiment was cut short: the demo is stopping.",
    });
    expect(await schemas()).toBe(0);
  });

  it("tells of a database that does not go along, but not what it said", async () => {
    await real.client.query("create role nobody_special login password 'secret'");
    const address = new URL(real.server.connectionString);
    address.username = "nobody_special";
    address.password = "secret";
    const lab = (connectionString: string) =>
      new OrderingLab({ connectionString, scheduler: systemScheduler, beatMs: 0 });
    const given = { schedule: "rollback" } as const;
    await expect(lab(address.href).run(given, { signal: undefined })).rejects.toMatchObject({
      code: "EXPERIMENT_CUT_SHORT",
      message: expect.stringContaining("permission denied for database"),
      told: expect.stringMatching(
        /the role that the demo connects with may not create a schema\.$/,
      ),
    });
    address.password = "wrong";
    await expect(lab(address.href).run(given, { signal: undefined })).rejects.toMatchObject({
      message: expect.stringContaining("nobody_special"),
      told: expect.stringMatching(/cut short: the database did not go along/),
    });
  });

  it("is cut short when the server goes away in the middle", async () => {
    await using dying = await startRealServer();
    const { server, client: witness } = dying;
    witness.on("error", () => {}); // it dies, too
    const lab = new OrderingLab({
      ...{ connectionString: server.connectionString, scheduler: systemScheduler },
      beatMs: 300,
    });
    const running = lab.run({ schedule: "rollback" }, { signal: undefined });
    running.catch(() => {}); // awaited below
    await vi.waitUntil(async () => (await schemas(witness)) > 0, UNDER_WAY);
    await server.stop();
    await expect(running).rejects.toMatchObject({
      code: "EXPERIMENT_CUT_SHORT",
      told: expect.stringMatching(/the database did not go along/),
    });
  });

  it("is cut short when it takes too long", async () => {
    const lab = new OrderingLab({
      ...{ connectionString: real.server.connectionString, scheduler: systemScheduler },
      ...{ beatMs: FOR_EVER, limitMs: 1_000 },
    });
    const running = lab.run({ schedule: "rollback" }, { signal: undefined });
    await expect(running).rejects.toMatchObject({
      code: "EXPERIMENT_CUT_SHORT",
      told: "The experiment was cut short: it took longer than 1 s.",
    });
    expect(await schemas()).toBe(0);
  });

  it("leaves what a killed process could not clear away to the next start", async () => {
    const env = { DATABASE_URL: real.server.connectionString };
    await using killed = startProgram(["--store=postgres"], env);
    // Its beat is that of people, so it is not done before it dies.
    const url = (await killed.url()).replace("localhost", "127.0.0.1");
    const asked = fetch(`${url}/lab/ordering`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ schedule: "overtaken writer" }),
    }).catch(() => "no answer");
    await vi.waitUntil(async () => (await schemas()) > 0, UNDER_WAY);
    killed.child.kill("SIGKILL");
    expect(await asked).toBe("no answer");
    await killed.exit;
    // Its sessions go when the server sees that nobody is there any more.
    await vi.waitUntil(async () => {
      await using _next = await openPostgresDemo();
      return (await schemas()) === 0;
    }, UNDER_WAY);
  });

  it.each([{}, { schedule: "another" }, { schedule: "rollback", more: 1 }])(
    "refuses %j with 400",
    async (body) => {
      await using demo = await openDemo();
      const response = await demo.send("POST", "/lab/ordering", body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "INVALID_PAYLOAD" });
    },
  );

  it.each(["memory", "pglite"] as const)(
    "says on %s that it needs a server, and how to get one",
    async (store) => {
      await using demo = await openDemo({}, 0, { store });
      const response = await run(demo);
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({
        code: "NEEDS_POSTGRES",
        error: expect.stringContaining("npm run demo -- --store postgres"),
      });
    },
  );
});
