import { readFile } from "node:fs/promises";
import type { BusErrorCode } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";
import type { EventStoreErrorCode } from "@counterpoint/events";
import { ConcurrencyError, EventStoreError } from "@counterpoint/events";
import type { ReadModelErrorCode } from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import fc from "fast-check";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { ProblemError, problem, problemOf, problemResponse } from "./problem.ts";

const BUS: Record<BusErrorCode, number> = {
  HANDLER_NOT_FOUND: 501,
  DUPLICATE_HANDLER: 500,
  INVALID_MESSAGE: 400,
  INVALID_PAYLOAD: 400,
  INVALID_RESULT: 500,
  FORBIDDEN: 403,
  ABORTED: 503,
  DEADLINE_EXCEEDED: 504,
  IDEMPOTENCY_IN_PROGRESS: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  OVERLOADED: 503,
};

const EVENT_STORE: Record<EventStoreErrorCode, number> = {
  CONCURRENCY: 409,
  INVALID_EVENT: 400,
  INVALID_TOKEN: 400,
  UNAVAILABLE: 503,
  UPCAST_FAILED: 500,
};

const READ_MODEL: Record<ReadModelErrorCode, number> = {
  STALE: 503,
  PROJECTION_STOPPED: 503,
  NOT_RUNNING: 503,
  TOO_MANY_WAITERS: 503,
  ABORTED: 503,
  UNKNOWN_PROJECTION: 500,
  HANDLER_FAILED: 500,
  CHECKPOINT_MOVED: 503,
  FENCED: 503,
  OUT_OF_ORDER: 409,
  DEAD_LETTER_NOT_FOUND: 404,
  UNAVAILABLE: 503,
};

/** The errors whose message may quote a driver, a host name or a handler. */
const WITHHELD = ["UNAVAILABLE", "PROJECTION_STOPPED"];
const SECRET = "connect ECONNREFUSED 10.0.0.5:5432";

it("the README lists every code with its status", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| ([0-9]{3})\b[^|]*\|(.*)\|$/gm)];
  const listed = new Map(
    rows.flatMap(([, status, codes = ""]) =>
      [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => [code, Number(status)] as const),
    ),
  );
  for (const [code, status] of Object.entries({ ...BUS, ...EVENT_STORE, ...READ_MODEL })) {
    expect([code, listed.get(code)]).toEqual([code, status]);
  }
});

describe("problemOf", () => {
  describe.each([
    ["BusError", BUS, (code: string) => new BusError(code as BusErrorCode, SECRET)],
    [
      "EventStoreError",
      EVENT_STORE,
      (code: string) => new EventStoreError(code as EventStoreErrorCode, SECRET),
    ],
    [
      "ReadModelError",
      READ_MODEL,
      (code: string) => new ReadModelError(code as ReadModelErrorCode, SECRET),
    ],
  ])("of a %s", (_name, statuses: Readonly<Record<string, number>>, make) => {
    it.each(Object.entries(statuses))("answers %s with %i", (code, status) => {
      const found = problemOf(make(code));
      expect(found).toMatchObject({ status, code });
      expect(found.title).not.toBe("Error");
      expect(found.detail === SECRET).toBe(status !== 500 && !WITHHELD.includes(code));
      expect(found.retryAfterS).toBe(status === 503 ? 1 : undefined);
    });

    it("answers a code of a later version with 500, and keeps its message", () => {
      expect(problemOf(make("NEW_ONE"))).toMatchObject({ status: 500, code: "NEW_ONE" });
      expect(problemOf(make("NEW_ONE")).detail).not.toContain(SECRET);
    });
  });

  it("answers a conflict with what was expected", () => {
    const found = problemOf(new ConcurrencyError("user-1", 3, 4));
    expect(found).toMatchObject({ status: 409, code: "CONCURRENCY" });
    expect(found.detail).toContain("at version 3");
  });

  it("hands on what a ProblemError holds", () => {
    const held = problem(422, "REUSED_KEY", "The key was used for another body.");
    expect(problemOf(new ProblemError(held))).toBe(held);
  });

  it.each([400, 401, 403, 404, 409, 413, 422, 429] as const)(
    "hands on an HTTPException %i",
    (status) => {
      const found = problemOf(new HTTPException(status, { message: "because" }));
      expect(found).toMatchObject({ status, detail: "because" });
      expect(problemOf(new HTTPException(status)).detail).toBe(found.title);
    },
  );

  it.each([500, 502, 503] as const)("keeps the message of an HTTPException %i", (status) => {
    const found = problemOf(new HTTPException(status, { message: SECRET }));
    expect(found.status).toBe(status);
    expect(found.detail).not.toContain(SECRET);
  });

  it("answers anything else with 500 and tells nothing of it", () => {
    const secret = "hunter2-hunter2";
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.constant(new Error(secret))), (thrown) => {
        const found = problemOf(thrown);
        expect(found).toMatchObject({ status: 500, code: "INTERNAL" });
        expect(JSON.stringify(found)).not.toContain(secret);
      }),
    );
  });

  it("says in which second trying again makes sense: the lag, at least 1 and at most 30", () => {
    const retryAfter = (ms: number) =>
      problemOf(new ReadModelError("STALE", "late", { details: { lag: { events: 1, ms } } }))
        .retryAfterS;
    expect([0, 1, 1000, 1001, 29_000, 29_001, 1e9].map(retryAfter)).toEqual([
      1, 1, 1, 2, 29, 30, 30,
    ]);
  });

  it("says when an overloaded server expects to have room again", () => {
    const details = { retryAfterMs: 2_500 };
    expect(problemOf(new BusError("OVERLOADED", "full", { details })).retryAfterS).toBe(3);
  });

  it("tells the lag of a stale read model", async () => {
    const lag = { events: 3, ms: 1_500 };
    const stale = problemOf(new ReadModelError("STALE", "late", { details: { lag } }));
    const response = problemResponse(stale);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toMatchObject({ status: 503, code: "STALE", lag });
  });
});

describe("problemResponse", () => {
  it("answers as RFC 9457 has it, and with the member error", async () => {
    const response = problemResponse(problem(404, "USER_NOT_FOUND", "There is no user 7."), "/u/7");
    expect(response.status).toBe(404);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/problem+json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(await response.json()).toEqual({
      type: "urn:counterpoint:problem:user-not-found",
      title: "Not found",
      status: 404,
      detail: "There is no user 7.",
      instance: "/u/7",
      code: "USER_NOT_FOUND",
      error: "There is no user 7.",
    });
  });

  it("tells all that is wrong with a payload, field by field, and in the member error", async () => {
    const issues = [
      { message: "Name is required", path: ["name"] },
      { message: "Email is required", path: ["email"] },
    ];
    const invalid = new BusError("INVALID_PAYLOAD", "Invalid payload", { details: { issues } });
    expect(await problemResponse(problemOf(invalid)).json()).toMatchObject({
      status: 400,
      error: "Name is required; Email is required",
      issues,
    });
  });

  it("stays small, however much is wrong", async () => {
    const issues = Array.from({ length: 30_000 }, (_, index) => ({
      message: "x".repeat(70_000),
      path: [index],
    }));
    const invalid = new BusError("INVALID_PAYLOAD", "y".repeat(1e6), { details: { issues } });
    const text = await problemResponse(problemOf(invalid), `/${"z".repeat(1e6)}`).text();
    expect(text.length).toBeLessThan(32_768);
  });
});

describe("ProblemError", () => {
  it("answers by itself where Hono's own error handler is in place", async () => {
    const response = new ProblemError(problem(413, "TOO_LARGE", "Too much.")).getResponse();
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "TOO_LARGE", error: "Too much." });
  });
});
