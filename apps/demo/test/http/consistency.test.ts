import { manualTime } from "@counterpoint/testing";
import { encodeToken } from "@counterpoint/events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

const DELAY_MS = 2_000;
const LONG = { timeout: 120_000 };

let time: ReturnType<typeof manualTime>;
let demo: TestDemo;
beforeEach(async () => {
  time = manualTime();
  demo = await openDemo({ clock: time, scheduler: time }, DELAY_MS);
});
afterEach(() => demo.stop());

function read(path: string, token?: string, prefer?: string, signal?: AbortSignal) {
  const headers = {
    ...(token !== undefined && { "Consistency-Token": token }),
    ...(prefer !== undefined && { Prefer: prefer }),
  };
  return demo.request(path, { headers, ...(signal && { signal }) });
}

/** Waits until the projector holds this many timers more than without readers: one per reader that waits. */
async function waiting(count: number): Promise<void> {
  const settled = time.pending;
  while (time.pending < settled + count) await time.settle();
}

describe("with a delay of 2 s", () => {
  it("shows a new user at once in sync, not yet in eventual, and to whoever waits with the token", async () => {
    const { user, token } = await demo.create();
    const path = `/users/${user.id}`;

    expect((await read(`${path}?consistency=sync`)).status).toBe(200);
    expect((await read(`${path}?consistency=eventual`)).status).toBe(404);
    expect((await read(path)).status).toBe(404);

    const waits = waiting(1);
    const answer = read(`${path}?consistency=eventual`, token, "wait=3");
    await waits;
    await time.advance(DELAY_MS - 1);
    expect((await read(path)).status).toBe(404);
    await time.advance(1);
    const fresh = await answer;
    expect(fresh.status).toBe(200);
    expect(await fresh.json()).toMatchObject(user);
    expect((await read(path)).status).toBe(200);
  });

  it("does so for lists, renames and removals", async () => {
    const { user, token } = await demo.create("Ada");
    await time.drive(read("/users", token, "wait=3"));
    const renamed = await demo.send("PATCH", `/users/${user.id}`, { name: "Grace" });
    const names = async (path: string, token?: string) => {
      const response = await time.drive(read(path, token, "wait=3"));
      const { users } = (await response.json()) as { users: { name: string }[] };
      return users.map(({ name }) => name);
    };
    const now = async (path: string) => {
      const { users } = (await (await read(path)).json()) as { users: { name: string }[] };
      return users.map(({ name }) => name);
    };
    expect(await now("/users?consistency=sync")).toEqual(["Grace"]);
    expect(await now("/users")).toEqual(["Ada"]);
    expect(await names("/users", renamed.headers.get("consistency-token")!)).toEqual(["Grace"]);

    const removed = await demo.request(`/users/${user.id}`, { method: "DELETE" });
    expect(await now("/users?consistency=sync")).toEqual([]);
    expect(await now("/users")).toEqual(["Grace"]);
    expect(await names("/users", removed.headers.get("consistency-token")!)).toEqual([]);
  });

  it("answers 503 with Retry-After and the lag when the wait was too short", async () => {
    const { token } = await demo.create();
    const response = await time.drive(read("/users", token, "wait=1"));
    expect(response.status).toBe(503);
    expect(response.headers.get("preference-applied")).toBe("wait=1");
    expect(response.headers.get("retry-after")).toMatch(/^[12]$/);
    expect(await response.json()).toMatchObject({
      code: "STALE",
      lag: { events: 1, ms: expect.any(Number) },
    });
  });

  it("waits not at all for wait=0, and 2 seconds when nothing is said", async () => {
    const { token } = await demo.create();
    await demo.send("PUT", "/lab/delay", { delay_ms: 60_000 });
    const beganMs = time.now();
    expect((await time.drive(read("/users", token, "wait=0"))).status).toBe(503);
    expect(time.now() - beganMs).toBeLessThan(500);
    expect((await time.drive(read("/users", token))).status).toBe(503);
    expect(time.now() - beganMs).toBeGreaterThanOrEqual(2_000);
    expect(time.now() - beganMs).toBeLessThan(3_000);
  });

  it("waits 30 seconds at the most, whatever is preferred", async () => {
    await demo.send("PUT", "/lab/delay", { delay_ms: 60_000 });
    const { token } = await demo.create();
    const waits = waiting(1);
    const answer = read("/users", token, "wait=99999999999");
    await waits;
    await time.advance(30_000);
    const response = await answer;
    expect(response.status).toBe(503);
    expect(response.headers.get("preference-applied")).toBe("wait=30");
    expect(response.headers.get("retry-after")).toBe("30");
  });

  it("waits for a token of the future, and answers 503", async () => {
    const response = await time.drive(read("/users", encodeToken(1_000_000), "wait=1"));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "STALE" });
  });

  it.each([
    "",
    "abc",
    "MTox, MTox",
    "MTox=",
    "bnVsbA",
    btoa("2:1"),
    btoa("1:-1"),
    "x".repeat(4_000),
  ])("refuses the token %s with 400, for both models", async (token) => {
    for (const consistency of ["sync", "eventual"]) {
      const response = await read(`/users?consistency=${consistency}`, token);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "INVALID_TOKEN" });
    }
  });

  it("refuses a bad request at once instead of letting it wait", async () => {
    const { token } = await demo.create();
    expect((await read("/users?consistency=bogus", token, "wait=30")).status).toBe(400);
  });

  it("keeps 1,000 readers waiting and sends away whoever comes on top", LONG, async () => {
    const { token } = await demo.create();
    const answers: Promise<Response>[] = [];
    while (answers.length < 1_000) {
      const waits = waiting(100); // more connections at once than a socket lets queue up are turned away
      for (let n = 0; n < 100; n++) answers.push(read("/users", token, "wait=30"));
      await waits;
    }
    const refused = await read("/users", token, "wait=30");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ code: "TOO_MANY_WAITERS" });
    expect((await read("/users?consistency=sync", token)).status).toBe(200);
    await time.advance(DELAY_MS);
    const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it("lets go of readers that go away", async () => {
    const { token } = await demo.create();
    const before = time.pending;
    const gone = new AbortController();
    const waits = waiting(50);
    const answers = Array.from({ length: 50 }, () =>
      read("/users", token, "wait=30", gone.signal).catch((error: Error) => error.name),
    );
    await waits;
    gone.abort();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["AbortError"]));
    while (time.pending > before) await time.settle();
    expect(time.pending).toBe(before);
  });
});
