import { describe, expect, it } from "vitest";
import { problemOf, readProblem } from "./problem.ts";

describe("problemOf", () => {
  it("gives each field the first thing that is wrong with it", () => {
    const body = {
      title: "The request is not valid",
      error: "Name is required; Email is required",
      issues: [
        { message: "Name is required", path: ["name"] },
        { message: "Name is too short", path: ["name"] },
        { message: "Email is required", path: ["email"] },
        { message: "Unknown field: x", path: [] },
      ],
    };
    expect(problemOf(400, body)).toEqual({
      status: 400,
      title: "The request is not valid",
      message: "Name is required; Email is required",
      fields: { name: "Name is required", email: "Email is required" },
    });
  });

  it("falls back from error to detail to title to the status", () => {
    expect(problemOf(409, { title: "t", detail: "d", error: "e" }).message).toBe("e");
    expect(problemOf(409, { title: "t", detail: "d" }).message).toBe("d");
    expect(problemOf(409, { title: "t" }).message).toBe("t");
    expect(problemOf(502, undefined).message).toBe("Status 502");
  });

  it("survives a body of any shape", () => {
    for (const body of [null, 1, "x", [], { issues: 1 }, { issues: [null, { path: ["a"] }] }]) {
      expect(problemOf(500, body)).toMatchObject({ status: 500, fields: {} });
    }
  });
});

describe("readProblem", () => {
  it("describes an answer that is no JSON by its status", async () => {
    const problem = await readProblem(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(problem).toEqual({
      status: 502,
      title: "Status 502",
      message: "Status 502",
      fields: {},
    });
  });
});
