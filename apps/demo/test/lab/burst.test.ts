import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LabStatus } from "../../server/lab/status.ts";
import type { LabClient } from "./lab-client.ts";
import { isCaughtUp, openLab } from "./lab-client.ts";

describe.each(["memory", "pglite", "postgres"] as const)("on %s", { timeout: 120_000 }, (store) => {
  let lab: LabClient;
  beforeAll(async () => {
    lab = await openLab(store);
  }, 120_000);
  afterAll(() => lab.demo.stop());

  const start = (body: unknown) => lab.send("POST", "/lab/burst", body);
  const isOver = ({ burst }: LabStatus) =>
    burst?.state !== "running" && burst?.state !== "settling";

  it("a burst with one inline projection goes to the demo's own store", async () => {
    expect((await start({ commands: 50 })).status).toBe(204);
    const { burst, head } = await lab.until(isOver);
    expect(burst).toMatchObject({
      ...{ state: "done", inline: 1, wanted: 50, accepted: 50, refused: 0, error: null },
      ...{ latency: { count: 50 }, lag: { count: 50 } },
    });
    expect(head).toBeGreaterThanOrEqual(50);
    await lab.until(isCaughtUp);
    expect(await lab.names("eventual")).toEqual(await lab.names("sync"));
  });

  it.each([0, 3, 5])(
    "a burst with %i inline projections leaves the demo's store alone",
    async (inline) => {
      const { head } = await lab.status();
      expect((await start({ commands: 30, inline })).status).toBe(204);
      const { burst, burst_results, ...after } = await lab.until(isOver);
      expect(burst).toMatchObject({
        ...{ state: "done", inline, accepted: 30, refused: 0 },
        ...{ latency: { count: 30 }, lag: { count: 30 } },
      });
      expect(burst_results).toContainEqual(burst);
      expect(after.head).toBe(head);
    },
  );

  it("one burst at a time runs, until it is cancelled", async () => {
    expect((await start({ commands: 5_000, inline: 0 })).status).toBe(204);
    await lab.until(({ burst }) => (burst?.accepted ?? 0) > 0);
    const second = await start({ commands: 10 });
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([
      409,
      "BURST_UNDER_WAY",
    ]);
    expect((await lab.send("DELETE", "/lab/burst")).status).toBe(204);
    const { burst } = await lab.until(isOver);
    expect(burst?.state).toBe("cancelled");
    expect(burst?.accepted).toBeLessThan(5_000);
  });

  it("the lag is what the delay makes of it", async () => {
    await lab.send("PUT", "/lab/delay", { delay_ms: 400 });
    expect((await start({ commands: 20 })).status).toBe(204);
    const { burst } = await lab.until(isOver);
    expect(burst?.lag.p50_ms).toBeGreaterThan(300);
    await lab.send("POST", "/lab/reset");
  });

  it.each([
    ...[{}, { commands: 9 }, { commands: 5_001 }, { commands: 10.5 }, { commands: "10" }],
    ...[
      { commands: 10, inline: 6 },
      { commands: 10, inline: -1 },
      { commands: 10, more: 1 },
    ],
  ])("refuses %j with 400", async (body) => {
    expect((await start(body)).status).toBe(400);
  });
});

it("keeps no schema of a burst", async () => {
  await using lab = await openLab("postgres");
  await lab.send("POST", "/lab/burst", { commands: 10, inline: 2 });
  await lab.until(({ burst }) => burst?.state === "done");
  const { default: pg } = await import("pg");
  const address = /postgres\w*:\/\/\S+/.exec(lab.demo.store)?.[0];
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  const { rows } = await client.query(
    "select nspname from pg_namespace where nspname like 'counterpoint%'",
  );
  await client.end();
  expect(rows).toEqual([{ nspname: "counterpoint" }]);
}, 120_000);
