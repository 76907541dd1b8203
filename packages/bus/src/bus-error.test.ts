import { describe, expect, it } from "vitest";
import { BusError, isBusError } from "./bus-error.ts";

describe("BusError", () => {
  it("tells name, code, message, cause and details", () => {
    const cause = new Error("why");
    const error = new BusError("FORBIDDEN", "not you", { cause, details: { type: "CreateUser" } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "BusError",
      code: "FORBIDDEN",
      message: "not you",
      cause,
      details: { type: "CreateUser" },
    });
    expect(String(error)).toBe("BusError: not you");
  });

  it("has no cause unless one is given, and empty details", () => {
    expect(new BusError("FORBIDDEN", "")).not.toHaveProperty("cause");
    expect(new BusError("FORBIDDEN", "", { cause: undefined })).toHaveProperty("cause", undefined);
    expect(new BusError("FORBIDDEN", "").details).toEqual({});
  });
});

describe("isBusError", () => {
  it("knows the error of this package, and its code", () => {
    const error: unknown = new BusError("FORBIDDEN", "");
    expect(isBusError(error)).toBe(true);
    expect(isBusError(error, "FORBIDDEN")).toBe(true);
    expect(isBusError(error, "ABORTED")).toBe(false);
  });

  it("knows the error of another copy of this package", () => {
    class BusErrorOfAnotherCopy extends Error {
      override readonly name = "BusError";
      readonly code = "FORBIDDEN";
    }
    const error = new BusErrorOfAnotherCopy();
    expect(error).not.toBeInstanceOf(BusError);
    expect(isBusError(error, "FORBIDDEN")).toBe(true);
  });

  it.each([
    undefined,
    null,
    "BusError",
    { name: "BusError", code: "FORBIDDEN" },
    new Error("FORBIDDEN"),
    Object.assign(new Error(), { code: "FORBIDDEN" }),
    Object.assign(new Error(), { name: "BusError" }),
  ])("does not take %o for one", (other) => {
    expect(isBusError(other)).toBe(false);
  });
});
