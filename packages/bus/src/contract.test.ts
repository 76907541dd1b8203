import { describe, expect, it } from "vitest";
import type { AnyContract, Message } from "./contract.ts";
import { command, event, query } from "./contract.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { type } from "./standard-schema.ts";

/** What the three have in common. */
type Define = (
  name: string,
  options?: { readonly payload: StandardSchema<any> },
) => ((payload?: unknown) => Message) & Pick<AnyContract, "kind" | "type" | "payload">;

describe.each<[string, Define]>([
  ["command", command],
  ["query", query],
  ["event", event],
])("%s", (kind, define) => {
  it("makes plain messages of its type, and nothing more", () => {
    const payload = { name: "Ada" };
    const Contract = define("Named", { payload: type<{ name: string }>() });
    const message = Contract(payload);
    expect(Object.entries(message)).toEqual([
      ["type", "Named"],
      ["payload", payload],
    ]);
    expect(message.payload).toBe(payload);
    expect(JSON.parse(JSON.stringify(message))).toEqual({ type: "Named", payload });
  });

  it("tells its kind, type and schema", () => {
    const payload = type<string>();
    const Contract = define("Named", { payload });
    expect([Contract.kind, Contract.type, Contract.payload]).toEqual([kind, "Named", payload]);
    expect(Contract.payload).toBe(payload);
  });

  it("needs no payload", () => {
    expect(define("Bare")()).toEqual({ type: "Bare", payload: undefined });
  });

  it("takes any string for a type", () => {
    expect(define("")().type).toBe("");
    expect(define("__proto__")().type).toBe("__proto__");
  });

  it("takes a schema that is a function, as arktype makes them", () => {
    const payload = Object.assign(() => {}, type<string>());
    expect(define("Named", { payload }).payload).toBe(payload);
  });

  it("refuses a name that is no string", () => {
    expect(() => define(42 as never)).toThrow(
      new TypeError(`A ${kind} needs a type name that is a string, got number.`),
    );
  });

  it.each([null, {}, () => {}, { "~standard": {} }])(
    "refuses %o in the place of a schema",
    (schema) => {
      expect(() => define("Named", { payload: schema as never })).toThrow(
        new TypeError(
          `Expected a Standard Schema (zod, valibot, arktype, or type<T>()) for the payload of ${kind} Named.`,
        ),
      );
    },
  );
});

describe("result", () => {
  it("is kept by commands and queries, and not by events", () => {
    const result = type<number>();
    expect(command("C", { result }).result).toBe(result);
    expect(query("Q", { result }).result).toBe(result);
    expect(event("E")).not.toHaveProperty("result");
  });

  it("is held to Standard Schema as well", () => {
    expect(() => query("Q", { result: {} as never })).toThrow("for the result of query Q.");
  });
});

describe("type", () => {
  it("accepts everything and changes nothing", async () => {
    const value = { any: "thing" };
    expect(await type<string>()["~standard"].validate(value)).toEqual({ value });
    expect(((await type()["~standard"].validate(value)) as { value: unknown }).value).toBe(value);
  });
});
