import { ReadModelError } from "@counterpoint/read-model";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it, vi } from "vitest";
import { problem } from "./problem.ts";
import { notFoundProblem, problems } from "./problems.ts";

class Refusal extends Error {}

function throwing(error: Error) {
  const report = vi.fn<(error: unknown, request: Request) => void>();
  const app = new Hono();
  app.onError(
    problems({
      report,
      describe: (error) =>
        error instanceof Refusal ? problem(409, "REFUSED", error.message) : undefined,
    }),
  );
  app.use(async (c, next) => {
    c.header("X-Correlation-Id", "abc");
    await next();
  });
  app.get("/", () => {
    throw error;
  });
  return { app, report };
}

describe("problems", () => {
  it("describes the errors of the domain first", async () => {
    const { app, report } = throwing(new Refusal("Taken."));
    const response = await app.request("/");
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: "REFUSED",
      error: "Taken.",
      instance: "/",
    });
    expect(report).not.toHaveBeenCalled();
  });

  it("shows nothing of an internal error, and reports it whole", async () => {
    const error = new Error("password=hunter2");
    const { app, report } = throwing(error);
    const response = await app.request("/?q=1");
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("at ");
    expect(report).toHaveBeenCalledExactlyOnceWith(error, expect.any(Request));
  });

  it("reports an outage whose message it withholds", async () => {
    const error = new ReadModelError("UNAVAILABLE", "connect ECONNREFUSED 10.0.0.5:5432");
    const { app, report } = throwing(error);
    const response = await app.request("/");
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("10.0.0.5");
    expect(report).toHaveBeenCalledOnce();
  });

  it("does not report that a reader waited in vain", async () => {
    const { app, report } = throwing(new ReadModelError("STALE", "late"));
    expect((await app.request("/")).status).toBe(503);
    expect(report).not.toHaveBeenCalled();
  });

  it("keeps the headers that were set before the error", async () => {
    const { app } = throwing(new Refusal("Taken."));
    const { headers } = await app.request("/");
    expect(headers.get("x-correlation-id")).toBe("abc");
    expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  });

  it("keeps the challenge that an HTTPException carries", async () => {
    const res = new Response("Unauthorized", {
      status: 401,
      headers: { "WWW-Authenticate": 'Basic realm="x"', "Content-Type": "text/plain" },
    });
    const { app } = throwing(new HTTPException(401, { res }));
    const response = await app.request("/");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Basic realm="x"');
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  });

  it("reports to the console when nobody else listens", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const app = new Hono().get("/broken", () => {
      throw new Error("hunter2");
    });
    app.onError(problems());
    await app.request("/broken?secret=1");
    expect(log).toHaveBeenCalledExactlyOnceWith("GET /broken failed:", expect.any(Error));
    log.mockRestore();
  });
});

describe("notFoundProblem", () => {
  const app = new Hono()
    .use(async (_c, next) => next())
    .get("/users", (c) => c.text("all"))
    .post("/users", (c) => c.text("made"))
    .delete("/users/:id", (c) => c.body(null, 204))
    .get("/gone", (c) => c.notFound())
    .get("*", async (_c, next) => next());
  app.notFound(notFoundProblem(app));

  it.each([
    ["GET", "/nowhere"],
    ["POST", "/nowhere"],
    ["OPTIONS", "/nowhere"],
    ["GET", "/users/"],
    ["GET", "//users"],
    ["GET", "/gone"],
    ["HEAD", "/gone"],
  ])("answers %s %s with 404", async (method, path) => {
    const response = await app.request(`http://localhost${path}`, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get("allow")).toBeNull();
    expect(response.headers.get("content-type")).toContain("application/problem+json");
  });

  it.each([
    ["PUT", "/users", "GET, HEAD, OPTIONS, POST"],
    ["PROPFIND", "/users", "GET, HEAD, OPTIONS, POST"],
    ["GET", "/users/1", "DELETE, OPTIONS"],
    ["HEAD", "/users/1", "DELETE, OPTIONS"],
    ["post", "/users/1", "DELETE, OPTIONS"],
  ])("answers %s %s with 405 and Allow: %s", async (method, path, allow) => {
    const response = await app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
  });

  it("answers OPTIONS with what a path takes", async () => {
    const response = await app.request("/users", { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
    expect(await response.text()).toBe("");
  });

  it("answers everything with 404 when it knows no app", async () => {
    const alone = new Hono().get("/users", (c) => c.text("all"));
    alone.notFound(notFoundProblem());
    expect((await alone.request("/users", { method: "PUT" })).status).toBe(404);
  });
});
