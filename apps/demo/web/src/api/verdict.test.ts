import { describe, expect, it } from "vitest";
import { verdictOf } from "./verdict.ts";

const ada = { userId: "1", name: "Ada" };
const nobody = { userId: "1" };

describe("verdictOf", () => {
  it.each([
    ["a written user who is there", 200, { name: "Ada" }, ada, "fresh"],
    ["a written user who is not there", 404, {}, ada, "stale"],
    ["a renamed user under the old name", 200, { name: "Augusta" }, ada, "stale"],
    ["a removed user who is gone", 404, {}, nobody, "fresh"],
    ["a removed user who is still there", 200, { name: "Ada" }, nobody, "stale"],
    ["an answer that would have come too late", 503, {}, ada, "late"],
    ["any other refusal", 500, {}, ada, "failed"],
    ["an answer that is no user", 200, null, ada, "stale"],
  ] as const)("judges %s", (_title, status, found, expected, verdict) => {
    expect(verdictOf(status, found, expected)).toBe(verdict);
  });
});
