import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken } from "./consistency-token.ts";
import { isEventStoreError } from "./event-store-error.ts";

const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("consistency tokens", () => {
  it("give back the position of any log", () => {
    fc.assert(
      fc.property(position, (given) => {
        expect(decodeToken(encodeToken(given))).toBe(given);
      }),
    );
  });

  it("fit into a header as they are", () => {
    fc.assert(
      fc.property(position, (given) => {
        expect(encodeToken(given)).toMatch(/^[A-Za-z0-9+/]{4,27}$/);
      }),
    );
  });

  it("differ when positions differ", () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        expect(encodeToken(one) === encodeToken(other)).toBe(one === other);
      }),
    );
  });

  it("are refused unless they were handed out exactly so", () => {
    const real = encodeToken(4711);
    const forged = [
      "",
      " ",
      "4711",
      `${real}=`,
      ` ${real}`,
      `${real}\n`,
      real.toLowerCase(),
      real.slice(1),
      ...["1:-1", "1:1.5", "1:01", "1:", "2:7", "1:1e3", "1: 7", "1:99999999999999999", "x"].map(
        btoa,
      ),
      btoa("1:7"),
      "x".repeat(100_000),
      "ü",
      "\u0000",
      7,
      null,
      undefined,
      {},
      ["MTo3"],
    ].filter((token) => token !== encodeToken(7));
    for (const token of forged) {
      const decode = (): number => decodeToken(token as string);
      expect(decode).toThrow("The consistency token is malformed.");
      expect(decode).toThrow(
        expect.toSatisfy((error: unknown) => isEventStoreError(error, "INVALID_TOKEN")),
      );
    }
  });

  it("are refused, whatever text comes, or stand for themselves", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), position.map(encodeToken)), (text) => {
        let decoded: number | undefined;
        try {
          decoded = decodeToken(text);
        } catch (error) {
          expect(isEventStoreError(error, "INVALID_TOKEN")).toBe(true);
          return;
        }
        expect(encodeToken(decoded)).toBe(text);
      }),
    );
  });
});
