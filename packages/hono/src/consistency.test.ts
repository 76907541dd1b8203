import { encodeToken } from "@counterpoint/events";
import type { WaitForOptions } from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import { manualTime } from "@counterpoint/testing";
import fc from "fast-check";
import type { Context } from "hono";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { readYourWrites } from "./consistency.ts";
import { problems } from "./problems.ts";

type WaitFor = (token: string, options?: WaitForOptions) => Promise<void>;

function reader(
  waitFor: WaitFor = async () => {},
  applies?: (context: Context) => boolean,
  waits: { readonly defaultWaitS?: number; readonly maxWaitS?: number } = {},
) {
  const spy = vi.fn<WaitFor>(waitFor);
  const app = new Hono();
  app.onError(problems());
  app.use(
    readYourWrites(
      { waitFor: spy },
      { projection: "users", ...waits, ...(applies && { applies }) },
    ),
  );
  app.get("/", (c) => c.text("fresh"));
  return { app, waitFor: spy };
}

const token = encodeToken(7);

describe("readYourWrites", () => {
  it("waits for nothing without a token, whatever is preferred", async () => {
    const { app, waitFor } = reader();
    const response = await app.request("/", { headers: { Prefer: "wait=9" } });
    expect(await response.text()).toBe("fresh");
    expect(response.headers.get("preference-applied")).toBeNull();
    expect(waitFor).not.toHaveBeenCalled();
  });

  it("answers only when the projection is as fresh as the token", async () => {
    let arrive = () => {};
    const { app } = reader(() => new Promise((resolve) => (arrive = resolve)));
    let answered = false;
    const answer = Promise.resolve(
      app.request("/", { headers: { "Consistency-Token": token } }),
    ).finally(() => (answered = true));
    await manualTime().settle();
    expect(answered).toBe(false);
    arrive();
    const response = await answer;
    expect(await response.text()).toBe("fresh");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    [undefined, 2_000, null],
    ["wait=5", 5_000, "wait=5"],
    ["wait=0", 0, "wait=0"],
    ["wait=30", 30_000, "wait=30"],
    ["wait=31", 30_000, "wait=30"],
    ["wait=99999999999999999999", 30_000, "wait=30"],
    ["wait=-1", 2_000, null],
    ["wait=1.5", 2_000, null],
    ["respond-async", 2_000, null],
  ])("with Prefer: %s waits %i ms at the most and says %s", async (prefer, timeoutMs, applied) => {
    const { app, waitFor } = reader();
    const headers = { "Consistency-Token": token, ...(prefer !== undefined && { prefer }) };
    const response = await app.request("/", { headers });
    expect(waitFor).toHaveBeenCalledExactlyOnceWith(
      token,
      expect.objectContaining({ projection: "users", timeoutMs }),
    );
    expect(response.headers.get("preference-applied")).toBe(applied);
  });

  it("never waits longer than its limit, nor asks for what is no number, whatever is preferred", async () => {
    const prefer = fc.stringMatching(/^(wait=)?[!-~ ]{0,20}$/).map((text) => text.trim());
    await fc.assert(
      fc.asyncProperty(prefer, async (prefer) => {
        const { app, waitFor } = reader(async () => {}, undefined, {
          defaultWaitS: 1,
          maxWaitS: 3,
        });
        await app.request("/", { headers: { "Consistency-Token": token, prefer } });
        const timeoutMs = waitFor.mock.calls[0]![1]!.timeoutMs!;
        expect([0, 1_000, 2_000, 3_000]).toContain(timeoutMs);
      }),
    );
  });

  it.each([
    "",
    " ",
    "7",
    "null",
    token.toLowerCase(),
    `${token}=`,
    `"${token}"`,
    `${token}, ${token}`,
  ])("refuses the token %j with 400, also where nothing would wait", async (malformed) => {
    for (const applies of [() => true, () => false]) {
      const { app, waitFor } = reader(async () => {}, applies);
      const response = await app.request("/", { headers: { "Consistency-Token": malformed } });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "INVALID_TOKEN" });
      expect(waitFor).not.toHaveBeenCalled();
    }
  });

  it("takes the tokens that writes return, and nothing else", async () => {
    const any = fc.oneof(
      fc.stringMatching(/^[!-~]{0,40}$/),
      fc.maxSafeNat().map((n) => btoa(`1:${n}`)),
      fc.maxSafeNat().map(encodeToken),
    );
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        const { app } = reader();
        const response = await app.request("/", { headers: { "Consistency-Token": given } });
        const position = Number(/^1:([0-9]+)$/.exec(safeAtob(given))?.[1] ?? Number.NaN);
        const made = Number.isSafeInteger(position) && encodeToken(position) === given;
        expect(response.status).toBe(made ? 200 : 400);
      }),
    );
  });

  it("does not wait where another model answers", async () => {
    const { app, waitFor } = reader(
      async () => {},
      ({ req }) => req.query("consistency") !== "sync",
    );
    const headers = { "Consistency-Token": token };
    await app.request("/?consistency=sync", { headers });
    expect(waitFor).not.toHaveBeenCalled();
    await app.request("/", { headers });
    expect(waitFor).toHaveBeenCalledOnce();
  });

  it("answers a wait in vain with 503, Retry-After, the lag and what was preferred", async () => {
    const lag = { events: 2, ms: 4_200 };
    const { app } = reader(() =>
      Promise.reject(new ReadModelError("STALE", "2 behind", { details: { lag } })),
    );
    const response = await app.request("/", {
      headers: { "Consistency-Token": token, prefer: "wait=1" },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("preference-applied")).toBe("wait=1");
    expect(await response.json()).toMatchObject({ code: "STALE", lag });
  });

  it("gives up waiting when the client goes away", async () => {
    const gone = new AbortController();
    const { app } = reader(
      (_token, options) =>
        new Promise((_resolve, reject) => {
          const aborted = new ReadModelError("ABORTED", "The wait was aborted.");
          options!.signal!.addEventListener("abort", () => reject(aborted));
        }),
    );
    const answer = app.request("/", {
      headers: { "Consistency-Token": token },
      signal: gone.signal,
    });
    await manualTime().settle();
    gone.abort();
    expect((await answer).status).toBe(503);
  });
});

function safeAtob(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
