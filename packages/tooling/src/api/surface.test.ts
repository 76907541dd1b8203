import { describe, expect, it } from "vitest";
import { diff } from "./diff.ts";
import { surfaceOf } from "./surface.ts";

const FILES: Readonly<Record<string, string>> = {
  "dist/index.d.ts": `
    export { Till } from "./till.ts";
    export type { Money as Amount } from "./money.ts";
    export { sum } from "./money.ts";
  `,
  "dist/till.d.ts": `
    import type { Clock } from "@counterpoint/events";
    import { type Money } from "./money.ts";
    /** Says nothing of the API. */
    export declare class Till {
      #private;
      // neither does this
      add(money: Money, options?: Options): void;
      static readonly clock: Clock;
    }
    interface Options { readonly note?: string /* why */ }
  `,
  "dist/money.d.ts": `
    export interface Money { readonly cents: number }
    export declare function sum(a: Money, b: Money): Money;
    export declare function sum(all: readonly Money[]): Money;
    declare const unused: unique symbol;
    export {};
  `,
  "dist/print.d.ts": `
    import type { Money } from "./money.ts";
    export declare const print: (money: Money) => typeof ink;
    declare const ink: unique symbol;
  `,
};
const ENTRIES = { ".": "./dist/index.d.ts", "./print": "./dist/print.d.ts" };

async function surface(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const files = { ...FILES, ...changes };
  const read = (path: string): string => files[path] ?? fail(path);
  return surfaceOf({ name: "shop", entries: ENTRIES, read });
}

function fail(path: string): never {
  throw new Error(`There is no ${path}.`);
}

function edited(path: string, from: string, to: string): Readonly<Record<string, string>> {
  expect(FILES[path]).toContain(from);
  return { [path]: FILES[path]!.replace(from, to) }; // the line above says that it is there
}

describe("the text of an API", () => {
  it("holds each entry point with its exports, and what they name", async () => {
    expect(await surface()).toBe(`// shop
import type { Clock } from "@counterpoint/events";

// as Amount
export interface Money {
  readonly cents: number;
}

export declare class Till {
  #private;
  add(money: Money, options?: Options): void;
  static readonly clock: Clock;
}

export declare function sum(a: Money, b: Money): Money;

export declare function sum(all: readonly Money[]): Money;

// Named above, but not exported:

interface Options {
  readonly note?: string;
}

// shop/print
import type { Amount as Money } from "shop";

export declare const print: (money: Money) => typeof ink;

// Named above, but not exported:

declare const ink: unique symbol;
`);
  });

  it.each([
    ["a comment", edited("dist/till.d.ts", "Says nothing", "Says still nothing")],
    ["a blank", edited("dist/money.d.ts", "{ readonly", "{\n\n  readonly")],
    ["what nobody can name", edited("dist/money.d.ts", "unique symbol", "string")],
    [
      "the file that declares it",
      {
        "dist/index.d.ts": FILES["dist/index.d.ts"]!.replaceAll("./money", "./cash"),
        "dist/till.d.ts": FILES["dist/till.d.ts"]!.replace("./money", "./cash"),
        "dist/print.d.ts": FILES["dist/print.d.ts"]!.replace("./money", "./cash"),
        "dist/cash.d.ts": FILES["dist/money.d.ts"]!,
      },
    ],
  ])("does not change with %s", async (_what, changes) => {
    expect(await surface(changes)).toBe(await surface());
  });

  it.each([
    ["an export is gone", edited("dist/index.d.ts", `export { sum } from "./money.ts";`, "")],
    [
      "an export is new",
      edited("dist/print.d.ts", "declare const ink", "export declare const ink"),
    ],
    ["an export has another name", edited("dist/index.d.ts", "as Amount", "as Price")],
    [
      "a class is exported as a type",
      edited("dist/index.d.ts", "export { Till", "export type { Till"),
    ],
    ["a member is renamed", edited("dist/till.d.ts", "add(", "put(")],
    ["a parameter is required", edited("dist/till.d.ts", "options?", "options")],
    ["a type below an export changes", edited("dist/money.d.ts", "cents: number", "cents: bigint")],
    ["a type that is not exported changes", edited("dist/till.d.ts", "note?", "note")],
    [
      "an overload is gone",
      edited("dist/money.d.ts", "export declare function sum(all: readonly Money[]): Money;", ""),
    ],
    [
      "a type comes from another package",
      edited("dist/till.d.ts", "counterpoint/events", "other/events"),
    ],
  ])("changes when %s", async (_what, changes) => {
    const before = await surface();
    const after = await surface(changes);
    expect(diff(before, after)).toMatch(/^[-+] /m);
  });

  it.each([
    ["export *", `export * from "./money.ts";`],
    ["a default export", "declare const all: 1; export default all;"],
    ["a global", "export {}; declare global { interface Window {} }"],
    ["a name that is not declared", `export { nothing } from "./money.ts";`],
    ["an export of another package", `export { z } from "zod";`],
    ["nothing", "export {};"],
    ["a syntax error", "export interface {"],
  ])("is refused for %s", async (_what, text) => {
    await expect(surface({ "dist/index.d.ts": text })).rejects.toThrow(SyntaxError);
  });
});

describe("diff", () => {
  it("is empty for equal texts", () => {
    expect(diff("a\nb", "a\nb")).toBe("");
  });

  it("shows what went and came, with two lines around it", () => {
    const before = ["1", "2", "3", "4", "old", "5", "6", "7", "8", "9"];
    const after = ["1", "2", "3", "4", "new", "5", "6", "7", "8", "9", "more"];
    expect(diff(before.join("\n"), after.join("\n")).split("\n")).toEqual([
      ...["  3", "  4", "- old", "+ new", "  5", "  6", "…", "  8", "  9", "+ more"],
    ]);
  });

  it("shows all of a text that was not there", () => {
    expect(diff("", "a\nb")).toContain("+ a\n+ b");
  });
});
