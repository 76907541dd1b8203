import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { User, TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";
import type { Asked, Operation } from "./requests-from-document.ts";
import { nearlyValid, operationsOf, validRequest } from "./requests-from-document.ts";

// Requests that the document itself has made: as it says, and nearly so. `openDemo` holds each answer to the document.

let demo: TestDemo;
let operations: readonly Operation[] = [];
const ids: string[] = [];
const tokens: string[] = [];
const log = vi.spyOn(console, "error");

beforeAll(async () => {
  demo = await openDemo();
  operations = operationsOf(await (await demo.request("/openapi.json")).json());
  await remember(await demo.send("POST", "/users", { name: "Ada", email: "ada@example.org" }));
});
afterAll(() => demo.stop());

/** What has no meaning but to the server: filled in when the request is sent. */
const recent = fc.nat(4).map((back) => `recent ${back}`);
const known = {
  id: fc.oneof({ arbitrary: recent, weight: 5 }, fc.uuid()),
  "Consistency-Token": recent,
  "Idempotency-Key": fc.oneof(fc.uuid(), fc.constantFrom("again", "and-again")),
  "X-Correlation-Id": fc.stringMatching(/^[!-~]{1,40}$/),
  Prefer: fc.constant("wait=0"),
};

const request = fc.nat().chain((at) => validRequest(operations[at % operations.length]!, known));

/** The state that the operations need is not always there. */
const BY_CHANCE = new Set([
  "GET /users/{id}",
  "POST /lab/rebuild",
  "POST /lab/workers/kill-leader",
  "POST /lab/dead-letters/retry",
  "POST /lab/dead-letters/discard",
  "POST /lab/ordering", // on Postgres alone
]);

it(
  "answers every request that the document allows as it says, and never with a reproach",
  { timeout: 120_000 },
  async () => {
    const done = new Set<string>();
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const { status, code } = await answerTo(asked);
        expect({ status, code }).not.toMatchObject({ status: expect.toBeOneOf(REPROACHES) });
        if (status < 300) done.add(asked.operation.name);
      }),
      { numRuns: 1_000 },
    );
    const names = operations.map(({ name }) => name);
    const never = names.filter((name) => !done.has(name) && !BY_CHANCE.has(name));
    expect(never).toEqual([]);
  },
);

it(
  "answers every request that is nearly one as the document says",
  { timeout: 120_000 },
  async () => {
    const met = new Set<number>();
    await fc.assert(
      fc.asyncProperty(nearlyValid(request), async (asked) => {
        met.add((await answerTo(asked)).status);
      }),
      { numRuns: 1_000 },
    );
    expect([...met]).toEqual(expect.arrayContaining([200, 204, 400, 404, 405, 415]));
  },
);

it("leaves a server that is well and has logged nothing", { timeout: 120_000 }, async () => {
  expect((await demo.request("/lab/reset", { method: "POST" })).status).toBe(204);
  const ready = async () => (await demo.request("/health/ready")).status;
  await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  const { user, token } = await demo.create("Still here");
  const headers = { "Consistency-Token": token, Prefer: "wait=30" };
  const seen = await demo.request(`/users/${user.id}`, { headers });
  expect(await seen.json()).toMatchObject({ name: "Still here" });
  expect(Object.keys({})).toEqual([]);
  expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
  expect(log).not.toHaveBeenCalled();
});

const REPROACHES = [400, 405, 413, 415, 431];
/** The lab makes these happen, that is what it is for: projections that stop, and two that apply the same event at once. */
const NOT_NOW = new Set([
  ...["STALE", "TOO_MANY_WAITERS", "PROJECTION_STOPPED", "NOT_READY"],
  ...["CHECKPOINT_MOVED", "FENCED"],
]);

async function answerTo(asked: Asked): Promise<{ status: number; code: string | undefined }> {
  const { operation, query, headers, body } = asked;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(filled(asked.path[name] ?? "", ids)),
  );
  const search = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  const hasBody = body !== undefined && !["GET", "HEAD"].includes(operation.method);
  const response = await demo.request(search ? `${path}?${search}` : path, {
    method: operation.method,
    headers: {
      Prefer: "wait=0", // nobody has time to wait
      ...(hasBody && { "Content-Type": "application/json" }),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, filled(value, tokens)]),
      ),
    },
    ...(hasBody && { body }),
  });
  const { status } = response;
  if (operation.method === "DELETE" && status === 204) forget(path);
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status, code: undefined };
  }
  await remember(response.clone());
  const text = await response.text();
  expect(text).not.toMatch(/\n\s+at |node:internal|node_modules|[a-z-]+\.ts:\d/);
  if (status < 400 || text === "") return { status, code: undefined };
  const { code } = JSON.parse(text) as { code: string };
  if (status >= 500) expect(NOT_NOW).toContain(code);
  return { status, code };
}

/** Takes note of what later requests may name. */
async function remember(response: Response): Promise<void> {
  const token = response.headers.get("consistency-token");
  if (token !== null) tokens.unshift(token);
  if (response.status === 201) ids.unshift(((await response.json()) as User).id);
}

function forget(path: string): void {
  const at = ids.findIndex((id) => path.endsWith(id));
  if (at >= 0) ids.splice(at, 1);
}

function filled(text: string, from: readonly string[]): string {
  const back = /^recent (\d)$/.exec(text)?.[1];
  if (back !== undefined) return from[Number(back) % from.length] ?? "none";
  return /^\.\.?$/.test(text) ? "dots" : text; // `fetch` would walk up the path itself
}
