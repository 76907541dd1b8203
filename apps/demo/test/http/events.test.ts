import { manualTime } from "@counterpoint/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SseConnection } from "./sse-connection.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

let demo: TestDemo;
beforeEach(async () => {
  demo = await openDemo();
});
afterEach(() => demo.stop());

const connect = (path = "/events", lastEventId?: string) =>
  SseConnection.open(`http://127.0.0.1:${demo.port}${path}`, lastEventId);

describe("GET /events", () => {
  it("sends what has happened and what happens, with positions as ids", async () => {
    const { user } = await demo.create();
    const client = await connect();
    await client.until(1);
    await demo.send("PATCH", `/users/${user.id}`, { name: "Grace" });
    await client.until(2);
    expect(client.events.map(({ id, data }) => [id, (data as { type: string }).type])).toEqual([
      ["1", "UserRegistered"],
      ["2", "UserRenamed"],
    ]);
    await client.leave();
  });

  it("goes on where a client was cut off: misses nothing, repeats nothing", async () => {
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => demo.create(`User ${n}`)));
      const client = await connect("/events", seen.at(-1)?.toString());
      const writing = Promise.all(Array.from({ length: 10 }, (_, n) => demo.create(`Later ${n}`)));
      await client.until(7);
      await client.leave();
      seen.push(...client.ids);
      await writing;
    }
    const rest = await connect("/events", String(seen.at(-1)));
    await rest.until(100 - seen.length);
    await rest.leave();
    const positions = [...seen, ...rest.ids];
    expect(positions).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  });

  it("gives a client of another log this one from its beginning", async () => {
    await demo.create();
    const client = await connect("/events", "4711");
    await client.until(1);
    expect(client.ids).toEqual([1]);
    await client.leave();
  });

  it.each(["-1", "abc", "1.5", "1e3", "9007199254740993"])(
    "refuses the position %s with 400",
    async (position) => {
      const response = await demo.request("/events", { headers: { "Last-Event-ID": position } });
      expect(response.status).toBe(400);
      expect((await demo.request(`/events?after=${position}`)).status).toBe(400);
    },
  );

  it("serves 200 clients at once, and each sees everything", { timeout: 120_000 }, async () => {
    const clients = await Promise.all(Array.from({ length: 200 }, () => connect()));
    await Promise.all(Array.from({ length: 20 }, (_, n) => demo.create(`User ${n}`)));
    await Promise.all(clients.map((client) => client.until(20)));
    const all = Array.from({ length: 20 }, (_, n) => n + 1);
    for (const { ids } of clients) expect(ids).toEqual(all);
    await Promise.all(clients.map((client) => client.leave()));
  });

  it("ends when the server stops", async () => {
    const clients = await Promise.all([connect(), connect("/lab/status/stream")]);
    const ends = Promise.all(clients.map((client) => client.ended()));
    await demo.stop();
    await expect(ends).resolves.toHaveLength(2);
    demo = await openDemo();
  });
});

describe("GET /lab/status/stream", () => {
  it("sends the status at once and after each change, but not twice the same", async () => {
    const client = await connect("/lab/status/stream");
    await client.until(1);
    await demo.send("PUT", "/lab/delay", { delay_ms: 5 });
    await client.until(2);
    await client.leave();
    const delays = client.events.map(({ data }) => (data as { delay_ms: number }).delay_ms);
    expect(delays).toEqual([0, 5]);
  });

  it("says that it is still there when nothing changes", async () => {
    const time = manualTime();
    await using still = await openDemo({ clock: time, scheduler: time });
    const client = await SseConnection.open(`http://127.0.0.1:${still.port}/events`);
    await time.advance(15_000);
    await client.untilText(": still here");
    expect(client.events).toEqual([]);
    await client.leave();
  });
});
