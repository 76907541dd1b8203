import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "../../server/access/token.ts";
import type { Role } from "../../server/access/role.ts";
import { ROLES, covers } from "../../server/access/role.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

const SECRET = "a secret of thirty-two bytes or more";
const USER = { name: "Ada", email: "ada@example.org" };

/** Every route of the demo, and the role that it needs at least. A route without a row fails the first test. */
const MATRIX: Readonly<Record<string, { needs: Role | "nothing"; body?: unknown }>> = {
  "GET /": { needs: "nothing" },
  "GET /assets/*": { needs: "nothing" },
  "GET /exercise": { needs: "nothing" },
  "GET /health/live": { needs: "nothing" },
  "GET /health/ready": { needs: "nothing" },
  "GET /openapi.json": { needs: "nothing" },
  "GET /docs": { needs: "nothing" },
  "GET /docs.css": { needs: "nothing" },
  "GET /session": { needs: "viewer" },
  "GET /metrics": { needs: "viewer" },
  "GET /events": { needs: "viewer" },
  "GET /users": { needs: "viewer" },
  "GET /users/:id": { needs: "viewer" },
  "GET /users/:id/history": { needs: "viewer" },
  "GET /lab/status": { needs: "viewer" },
  "GET /lab/status/stream": { needs: "viewer" },
  "POST /users": { needs: "editor", body: USER },
  "PATCH /users/:id": { needs: "editor", body: { name: "Grace" } },
  "DELETE /users/:id": { needs: "editor" },
  "PUT /lab/delay": { needs: "admin", body: { delay_ms: 0 } },
  "POST /lab/pause": { needs: "admin" },
  "POST /lab/resume": { needs: "admin" },
  "POST /lab/rebuild": { needs: "admin", body: {} },
  "PUT /lab/crash": { needs: "admin", body: { crash: "never" } },
  "PUT /lab/duplicates": { needs: "admin", body: { duplicates: false } },
  "PUT /lab/wake-ups": { needs: "admin", body: { wake_ups: "on time" } },
  "PUT /lab/bug": { needs: "admin", body: { bug: false } },
  "PUT /lab/poison-policy": { needs: "admin", body: { policy: "stop" } },
  "GET /lab/dead-letters": { needs: "viewer" },
  "POST /lab/dead-letters/retry": { needs: "admin", body: { position: 1 } },
  "POST /lab/dead-letters/retry-all": { needs: "admin" },
  "POST /lab/dead-letters/discard": { needs: "admin", body: { position: 1, reason: "none" } },
  "POST /lab/workers": { needs: "admin" },
  "POST /lab/workers/kill-leader": { needs: "admin" },
  "POST /lab/burst": { needs: "admin", body: { commands: 10 } },
  "DELETE /lab/burst": { needs: "admin" },
  "POST /lab/ordering": { needs: "admin", body: { schedule: "rollback" } },
  "POST /lab/reset": { needs: "admin" },
};
const ROWS = Object.entries(MATRIX).map(([route, row]) => ({ route, ...row }));

let open: TestDemo;
let closed: TestDemo;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  [open, closed] = await Promise.all([openDemo(), openDemo({}, 0, { authSecret: SECRET })]);
  for (const role of ROLES) {
    const claims = { sub: `a ${role}`, role, expiresAtMs: Date.now() + 600_000 };
    tokens.set(role, await mintToken(SECRET, claims));
  }
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

async function ask(
  demo: TestDemo,
  { route, body }: (typeof ROWS)[number],
  headers: Record<string, string>,
): Promise<{ status: number; code: unknown; challenge: string | null }> {
  const [method = "", path = ""] = route.split(" ");
  const going = new AbortController();
  const response = await demo.request(
    path.replace(":id", "00000000-0000-4000-8000-000000000000").replace("*", "a-1.js"),
    {
      method,
      signal: going.signal,
      headers: { "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
  );
  const isProblem = response.headers.get("content-type")?.includes("problem+json");
  const { code } = (isProblem ? await response.json() : {}) as { code?: unknown };
  going.abort(); // streams do not end by themselves
  const challenge = response.headers.get("www-authenticate");
  return { status: response.status, code, challenge };
}

const LET_IN = expect.toSatisfy(
  (status: number) => status < 500 && status !== 401 && status !== 403,
);

it("has a row for every route, and no other", () => {
  const routes = [...open.routes, ...closed.routes].filter(({ method }) => method !== "ALL");
  expect([...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(
    Object.keys(MATRIX).sort(),
  );
});

describe.each(ROWS)("$route, which needs $needs", (row) => {
  it("with AUTH_SECRET: 401 without a token", async () => {
    const answer = await ask(closed, row, {});
    if (row.needs === "nothing") expect(answer).toMatchObject({ status: LET_IN });
    else expect(answer).toMatchObject({ status: 401, code: "TOKEN_REQUIRED" });
    expect(answer.challenge).toBe(row.needs === "nothing" ? null : 'Bearer realm="counterpoint"');
  });

  it("with AUTH_SECRET: 401 with a token that is not one, whatever role the header claims", async () => {
    const answer = await ask(closed, row, { authorization: "Bearer x.y.z", "X-Role": "admin" });
    if (row.needs === "nothing") expect(answer).toMatchObject({ status: LET_IN });
    else expect(answer).toMatchObject({ status: 401, code: "INVALID_TOKEN" });
  });

  it.each([...ROLES])("with AUTH_SECRET: as %s", async (role) => {
    const headers = { authorization: `Bearer ${tokens.get(role)}` };
    expectVerdict(role, await ask(closed, row, headers));
  });

  it.each([...ROLES])("without, playing %s", async (role) => {
    expectVerdict(role, await ask(open, row, { "X-Role": role }));
  });

  it("without, as anybody on this machine: let in", async () => {
    expect(await ask(open, row, {})).toMatchObject({ status: LET_IN });
  });

  it.each(["root", "Admin", "viewer, admin", "__proto__"])(
    "without, playing %s: 400",
    async (role) => {
      const answer = await ask(open, row, { "X-Role": role });
      if (row.needs === "nothing") expect(answer).toMatchObject({ status: LET_IN });
      else expect(answer).toMatchObject({ status: 400, code: "INVALID_ROLE" });
    },
  );

  function expectVerdict(role: Role, answer: Awaited<ReturnType<typeof ask>>): void {
    const isAllowed = row.needs === "nothing" || covers(role, row.needs);
    if (isAllowed) expect(answer).toMatchObject({ status: LET_IN });
    else expect(answer).toMatchObject({ status: 403, code: "FORBIDDEN" });
  }
});
