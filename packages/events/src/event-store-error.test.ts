import { describe, expect, it } from "vitest";
import {
  ConcurrencyError,
  EventStoreError,
  isConcurrencyError,
  isEventStoreError,
} from "./event-store-error.ts";

describe("event store errors", () => {
  it("carry code, cause and details", () => {
    const cause = new Error("connection refused");
    const error = new EventStoreError("UNAVAILABLE", "No answer.", {
      cause,
      details: { host: "a" },
    });
    expect(error).toMatchObject({ name: "EventStoreError", code: "UNAVAILABLE", cause });
    expect(error.details).toEqual({ host: "a" });
    expect(new EventStoreError("INVALID_EVENT", "No.")).not.toHaveProperty("cause");
  });

  it.each([
    ["none", 3, "Expected stream a-1 not to exist, but it is at version 3."],
    [0, 3, "Expected stream a-1 not to exist, but it is at version 3."],
    ["exists", 0, "Expected stream a-1 to exist, but it does not exist."],
    [2, 3, "Expected stream a-1 at version 2, but it is at version 3."],
    [2, 0, "Expected stream a-1 at version 2, but it does not exist."],
  ] as const)("say what was expected (%s) and what is (%s)", (expected, actual, message) => {
    const error = new ConcurrencyError("a-1", expected, actual);
    expect(error.message).toBe(`${message} Load it again and decide anew.`);
    expect(error).toMatchObject({ code: "CONCURRENCY", stream: "a-1", expected, actual });
    expect(error.details).toEqual({ stream: "a-1", expected, actual });
  });

  it("are recognised by name and code, also from another copy of the package", () => {
    const foreign = Object.assign(new Error("x"), {
      name: "ConcurrencyError",
      code: "CONCURRENCY",
    });
    for (const error of [new ConcurrencyError("a", 1, 2), foreign]) {
      expect(isEventStoreError(error)).toBe(true);
      expect(isEventStoreError(error, "CONCURRENCY")).toBe(true);
      expect(isEventStoreError(error, "UNAVAILABLE")).toBe(false);
      expect(isConcurrencyError(error)).toBe(true);
    }
    for (const stranger of [
      undefined,
      null,
      "CONCURRENCY",
      new Error("CONCURRENCY"),
      { name: "EventStoreError", code: "CONCURRENCY" },
      Object.assign(new Error("x"), { code: "CONCURRENCY" }),
    ]) {
      expect(isEventStoreError(stranger)).toBe(false);
      expect(isConcurrencyError(stranger)).toBe(false);
    }
    expect(isConcurrencyError(new EventStoreError("UNAVAILABLE", "x"))).toBe(false);
  });
});
