import { describe, expect, test } from "vitest";
import { PART_NAMES, UsageError, parseCli } from "./cli.ts";

describe("parseCli", () => {
  test("takes all parts when none is named", () => {
    expect(parseCli([])).toEqual({ parts: PART_NAMES, effort: "full", json: false });
  });

  test("takes the named parts in the order in which they run", () => {
    expect(parseCli(["size", "--json", "bus", "--quick"])).toEqual({
      parts: ["bus", "size"],
      effort: "quick",
      json: true,
    });
  });

  test("gives help before anything else", () => {
    expect(parseCli(["bus", "--help"])).toBe("help");
  });

  test.each(["bsu", "--fast", ""])("refuses %j and names what there is", (arg) => {
    expect(() => parseCli([arg])).toThrow(UsageError);
    expect(() => parseCli([arg])).toThrow(/bus, postgres, http, types, size/);
  });
});
