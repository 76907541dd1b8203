import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { preferredWaitS } from "./prefer.ts";

describe("preferredWaitS", () => {
  it.each([
    ["wait=5", 5],
    ["WAIT=5", 5],
    ["wait=0", 0],
    ["wait=007", 7],
    ['wait="5"', 5],
    ["wait = 5", 5],
    ["\twait\t=\t5", 5],
    ["respond-async, wait=5", 5],
    ["wait=5; x=y", 5],
    ["wait=5, wait=9", 5],
    [`foo="a, b; c", wait=5`, 5],
    ["foo, , wait=5", 5],
    ["wait=99999999999999999999", 1e20],
  ])("reads %j as %j seconds", (header, seconds) => {
    expect(preferredWaitS(header)).toBe(seconds);
  });

  it.each([
    "",
    ",",
    "wait",
    "wait=",
    'wait=""',
    "wait=-1",
    "wait=+1",
    "wait=1.5",
    "wait=1e3",
    "wait=0x10",
    "wait=NaN",
    "wait=five",
    "wait=٥",
    "wait=-1, wait=5",
    "await=5",
    "waiting=5",
    "x-wait=5",
    "foo; wait=5",
    "foo=wait=5",
    'foo="wait=5"',
    'foo="a, wait=5, b"',
    '"wait"=5',
    "wait 5",
  ])("reads %j as no preference", (header) => {
    expect(preferredWaitS(header)).toBeUndefined();
  });

  it("takes the first preference named wait out of any list of preferences", () => {
    const token = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/);
    const blank = fc.stringMatching(/^[ \t]{0,2}$/);
    const value = fc.oneof(
      fc.nat().map((n) => ({ text: String(n), seconds: n })),
      fc.nat().map((n) => ({ text: `"${n}"`, seconds: n })),
      fc.stringMatching(/^"[^"\\0-9]*"$/).map((text) => ({ text, seconds: undefined })),
      fc.stringMatching(/^[a-z.-]{1,5}$/).map((text) => ({ text, seconds: undefined })),
    );
    const name = fc.oneof(token, fc.constantFrom("wait", "Wait", "WAIT"));
    const preference = fc.record({ name, value, parameter: fc.option(token), blank });
    fc.assert(
      fc.property(fc.array(preference, { maxLength: 6 }), (preferences) => {
        const header = preferences
          .map(({ name, value, parameter, blank }) => {
            const rest = parameter === null ? "" : `${blank};${blank}${parameter}`;
            return `${blank}${name}${blank}=${blank}${value.text}${rest}${blank}`;
          })
          .join(",");
        const first = preferences.find(({ name }) => name.toLowerCase() === "wait");
        expect(preferredWaitS(header)).toBe(first?.value.seconds);
      }),
    );
  });

  it("answers whole seconds or nothing, whatever the header", () => {
    const nasty = fc.stringMatching(/^[wait=0-9,;" \t]*$/, { size: "large" });
    fc.assert(
      fc.property(fc.oneof(fc.string(), nasty), (header) => {
        const seconds = preferredWaitS(header);
        if (seconds !== undefined) expect(seconds).toSatisfy(isWholeOrHuge);
      }),
    );
  });

  it.each(['"', ",", '"a', ',wait="', "wait=", "wait ", " \t", ";wait=1"])(
    "reads 64 KiB of %j long before the test times out",
    (piece) => {
      const header = piece.repeat(65_536 / piece.length);
      expect(() => preferredWaitS(header)).not.toThrow();
    },
  );
});

function isWholeOrHuge(seconds: number): boolean {
  return seconds >= 0 && (Number.isInteger(seconds) || seconds === Infinity);
}
