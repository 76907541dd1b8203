import { expect, it } from "vitest";
import { assertOptions } from "./assert-options.ts";

const known = { schema: true, clock: true };

it("takes the options that there are, all or none", () => {
  expect(() => assertOptions("make", {}, known)).not.toThrow();
  expect(() => assertOptions("make", { clock: 1, schema: undefined }, known)).not.toThrow();
});

it.each([undefined, null, "shop"])("refuses %j in the place of options", (options) => {
  expect(() => assertOptions("make", options as never, known)).toThrow(
    new TypeError(`Expected the options of make to be an object, got ${options}.`),
  );
});

it.each(["shcema", "Schema", "toString", "__proto__"])("refuses the option %s", (name) => {
  const options = Object.fromEntries([["schema", "shop"] as const, [name, 1] as const]);
  expect(() => assertOptions("make", options, known)).toThrow(
    new TypeError(`make has no option ${name}; it has: schema, clock.`),
  );
});
