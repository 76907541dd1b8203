import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createMemoryStore } from "@counterpoint/memory";
import { manualTime } from "@counterpoint/testing";
import { describe, expect, it } from "vitest";
import { createApi } from "../../server/api.ts";
import type { LabStatus } from "../../server/lab/status.ts";
import { usersSync, wireDemo } from "../../server/wiring.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";
import { SseConnection } from "./sse-connection.ts";

const PARENT = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

function recorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const spans = () => exporter.getFinishedSpans();
  return { tracer: provider.getTracer("test"), spans };
}

/** Waits until the spans of a name are there. */
async function named(spans: () => ReadableSpan[], name: string): Promise<ReadableSpan> {
  return expect
    .poll(() => spans().find((span) => span.name === name))
    .toBeDefined()
    .then(
      () => spans().find((span) => span.name === name)!, // the line above has seen it
    );
}

async function scrape(demo: Pick<TestDemo, "request">): Promise<Map<string, number>> {
  const response = await demo.request("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = (await response.text()).split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

describe("a trace", () => {
  it("goes from HTTP over the command and its event to the projection, and keeps the correlation", async () => {
    const { tracer, spans } = recorder();
    await using demo = await openDemo({ tracer });
    const headers = {
      "X-Correlation-Id": "ticket-1",
      traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01`,
    };
    const body = { name: "Ada", email: "ada@example.org" };
    expect((await demo.send("POST", "/users", body, headers)).status).toBe(201);

    const http = await named(spans, "POST /users");
    const command = await named(spans, "command CreateUser");
    const append = await named(spans, "append UserRegistered");
    const project = await named(spans, "project users_eventual");
    const all = [http, command, append, project];
    expect(all.map((span) => span.spanContext().traceId)).toEqual(all.map(() => PARENT.traceId));
    expect(all.map((span) => span.parentSpanContext?.spanId)).toEqual([
      PARENT.spanId,
      ...[http, command, append].map((span) => span.spanContext().spanId),
    ]);
    expect(project.links.map(({ context }) => context.spanId)).toEqual([
      append.spanContext().spanId,
    ]);
    expect(http.attributes).toMatchObject({
      "http.request.method": "POST",
      "http.route": "/users",
      "http.response.status_code": 201,
    });
    expect(command.attributes["messaging.message.conversation_id"]).toBe("ticket-1");
    expect(append.attributes["counterpoint.position"]).toBe(1);
    expect(project.attributes).toMatchObject({ "counterpoint.to": 1 });

    const events = await eventsOf(demo);
    const { traceId, spanId } = append.spanContext();
    expect(events[0]?.metadata).toMatchObject({
      correlationId: "ticket-1",
      traceparent: `00-${traceId}-${spanId}-01`,
    });
    const secrets = JSON.stringify(spans().map(({ name, attributes }) => ({ name, attributes })));
    expect(secrets).not.toContain("ada@example.org");
  });

  it("of a batch of many commands is one of its own, with a link to each", async () => {
    const { tracer, spans } = recorder();
    await using demo = await openDemo({ tracer });
    await demo.request("/lab/pause", { method: "POST" });
    for (let n = 0; n < 3; n++) await demo.create(`User ${n}`);
    await demo.request("/lab/resume", { method: "POST" });
    const project = await named(spans, "project users_eventual");
    const appends = spans().filter(({ name }) => name === "append UserRegistered");
    expect(project.parentSpanContext).toBeUndefined();
    expect(project.links.map(({ context }) => context.spanId)).toEqual(
      appends.map((span) => span.spanContext().spanId),
    );
    expect(appends).toHaveLength(3);
  });

  it("says what was refused, and does not name what nobody knows", async () => {
    const { tracer, spans } = recorder();
    await using demo = await openDemo({ tracer });
    await demo.send("POST", "/users", {});
    await demo.request("/no/such/path");
    expect((await named(spans, "command CreateUser")).attributes["error.type"]).toBe(
      "INVALID_PAYLOAD",
    );
    expect((await named(spans, "GET none")).attributes["http.response.status_code"]).toBe(404);
  });

  it("costs nothing where nobody wants one: events carry no trace, whatever a client sends", async () => {
    await using demo = await openDemo();
    const headers = { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01` };
    await demo.send("POST", "/users", { name: "Ada", email: "ada@example.org" }, headers);
    const events = await eventsOf(demo);
    expect(events[0]?.metadata).not.toHaveProperty("traceparent");
  });
});

describe("/metrics", () => {
  it("tells of one command: HTTP, message, batch, checkpoint, lag", async () => {
    await using demo = await openDemo();
    const { user, token } = await demo.create();
    await demo.request(`/users/${user.id}`, { headers: { "Consistency-Token": token } });
    await demo.send("POST", "/users", {});
    await demo.request("/users/1/2/3");
    const found = await scrape(demo);
    const projection = '{projection="users_eventual"}';
    expect(Object.fromEntries(found)).toMatchObject({
      'http_request_duration_seconds_count{method="POST",route="/users",status="201"}': 1,
      'http_request_duration_seconds_count{method="POST",route="/users",status="400"}': 1,
      'http_request_duration_seconds_count{method="GET",route="/users/:id",status="200"}': 1,
      'http_request_duration_seconds_count{method="GET",route="none",status="404"}': 1,
      'message_duration_seconds_count{kind="command",type="CreateUser",outcome="ok",code=""}': 1,
      'message_duration_seconds_count{kind="command",type="CreateUser",outcome="failed",code="INVALID_PAYLOAD"}': 1,
      'messages_in_flight{kind="command",type="CreateUser"}': 0,
      'commands{state="running"}': 0,
      'commands{state="waiting"}': 0,
      [`projection_batch_events_count${projection}`]: 1,
      [`projection_batch_events_sum${projection}`]: 1,
      [`projection_events_total${projection}`]: 1,
      [`projection_position${projection}`]: 1,
      [`projection_lag_events${projection}`]: 0,
      [`projection_lag_seconds${projection}`]: 0,
      [`projection_frozen${projection}`]: 0,
      [`projection_dead_letters${projection}`]: 0,
      'projection_state{projection="users_eventual",state="running"}': 1,
      log_head_position: 1,
      projection_waiters: 0,
      store_up: 1,
    });
    expect(found.get(`projection_checkpoint_age_seconds${projection}`)).toBeGreaterThanOrEqual(0);
    expect(found.get("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  });

  it("tells how far a held read model is behind, and who waits for it", async () => {
    const time = manualTime();
    await using demo = await openDemo({ clock: time, scheduler: time });
    await demo.request("/lab/pause", { method: "POST" });
    const { token } = await demo.create();
    await time.advance(2_500);
    const headers = { "Consistency-Token": token, Prefer: "wait=30" };
    const waiting = demo.request("/users", { headers });
    await expect.poll(async () => (await scrape(demo)).get("projection_waiters")).toBe(1);
    const found = await scrape(demo);
    expect(found.get('projection_lag_events{projection="users_eventual"}')).toBe(1);
    expect(found.get('projection_lag_seconds{projection="users_eventual"}')).toBe(2.5);
    expect(found.get('projection_state{projection="users_eventual",state="paused"}')).toBe(1);
    await demo.request("/lab/resume", { method: "POST" });
    expect((await waiting).status).toBe(200);
    expect((await scrape(demo)).get("projection_waiters")).toBe(0);
  });

  it("counts who follows a stream, until they leave", async () => {
    await using demo = await openDemo();
    const open = (path: string) => SseConnection.open(`http://127.0.0.1:${demo.port}${path}`);
    const clients = [
      await open("/events"),
      await open("/events"),
      await open("/lab/status/stream"),
    ];
    const counts = async () => {
      const found = await scrape(demo);
      return [found.get('sse_clients{stream="events"}'), found.get('sse_clients{stream="status"}')];
    };
    await expect.poll(counts).toEqual([2, 1]);
    await Promise.all(clients.map((client) => client.untilText("retry")));
    await Promise.all(clients.map((client) => client.leave()));
    await expect.poll(counts).toEqual([0, 0]);
  });

  it("counts the commands of a burst in the demo's own store, and none of a burst beside it", async () => {
    await using demo = await openDemo();
    const burst = async (inline: number) => {
      expect((await demo.send("POST", "/lab/burst", { commands: 25, inline })).status).toBe(204);
      const state = async () => {
        const response = await demo.request("/lab/status");
        return ((await response.json()) as LabStatus).burst?.state;
      };
      await expect.poll(state).toBe("done");
      const found = await scrape(demo);
      const handled = ["CreateUser", "RenameUser", "RemoveUser"].map((type) => {
        const labels = `kind="command",type="${type}",outcome="ok",code=""`;
        return found.get(`message_duration_seconds_count{${labels}}`) ?? 0;
      });
      return {
        handled: handled.reduce((sum, count) => sum + count),
        applied: found.get('projection_events_total{projection="users_eventual"}') ?? 0,
        head: found.get("log_head_position"),
      };
    };
    expect(await burst(3)).toEqual({ handled: 0, applied: 0, head: 0 });
    expect(await burst(1)).toEqual({ handled: 25, applied: 25, head: 25 });
    expect(await burst(0)).toEqual({ handled: 25, applied: 25, head: 25 });
  });

  it("makes no new series of what strangers ask for", async () => {
    await using demo = await openDemo();
    await demo.request("/a"); // the first may add one
    await scrape(demo);
    const before = (await scrape(demo)).size;
    for (let n = 0; n < 20; n++) {
      await demo.request(`/random-${n}/${n}`);
      await demo.request("/a", { method: `M${n}` });
      await demo.request(`/users/${n}`, { headers: { "X-Correlation-Id": `c${n}` } });
    }
    const seriesOfOneRoute = 16 + 2;
    expect((await scrape(demo)).size - before).toBeLessThan(5 * seriesOfOneRoute);
  });
});

describe("readiness", () => {
  it("names the reader that is frozen: one step that does not end", async () => {
    const time = manualTime();
    const memory = createMemoryStore({ inline: [usersSync], clock: time });
    const demo = wireDemo({
      store: { ...memory, applyBatch: () => new Promise(() => {}) },
      ...{ storeName: "memory", delayMs: 0, clock: time, scheduler: time },
      createId: () => crypto.randomUUID(),
    });
    const closing = new AbortController().signal;
    const app = createApi(demo, { closing, scheduler: time, page: async () => new Map() });
    await demo.projector.start();
    const ready = async () => {
      const response = await time.drive(Promise.resolve(app.request("/health/ready")));
      return { status: response.status, body: (await response.json()) as object };
    };
    expect(await ready()).toMatchObject({ status: 200 });
    await app.request("/users", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"Ada","email":"ada@example.org"}',
    });
    await time.advance(6_000);
    expect(await ready()).toMatchObject({
      status: 503,
      body: {
        code: "NOT_READY",
        detail: "The reader is frozen: users_eventual hangs at one step.",
        checks: { store: "ok", projections: "ok", reader: expect.stringContaining("frozen") },
      },
    });
  });

  it("does not wait for ever for a store that does not answer", async () => {
    const time = manualTime();
    const memory = createMemoryStore({ inline: [usersSync], clock: time });
    const demo = wireDemo({
      store: { ...memory, head: () => new Promise(() => {}) },
      ...{ storeName: "memory", delayMs: 0, clock: time, scheduler: time },
      createId: () => crypto.randomUUID(),
    });
    const closing = new AbortController().signal;
    const app = createApi(demo, { closing, scheduler: time, page: async () => new Map() });
    const response = await time.drive(Promise.resolve(app.request("/health/ready")));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      detail: "The store does not answer.",
      checks: { projections: "unknown" },
    });
    const metrics = await time.drive(Promise.resolve(app.request("/metrics")));
    expect(await metrics.text()).toMatch(/^store_up 0$/m);
  });
});

/** The log, as a client of the stream sees it. */
async function eventsOf(demo: TestDemo): Promise<readonly { readonly metadata: object }[]> {
  const client = await SseConnection.open(`http://127.0.0.1:${demo.port}/events`);
  await client.until(1);
  await client.leave();
  return client.events.map(({ data }) => data as { readonly metadata: object }); // the stream sends nothing else
}
