import { describe, expect, it, vi } from "vitest";
import {
  personSchema,
  refusing,
  sameSchema,
  slowPersonSchema,
  throwing,
} from "../../test/schemas.ts";
import { CommandBus } from "../command-bus.ts";
import { command, event } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import type { Middleware } from "../middleware.ts";
import type { StandardSchema } from "../standard-schema.ts";
import { type } from "../standard-schema.ts";
import { validate } from "./validate.ts";

describe.each([
  ["a schema that answers at once", personSchema],
  ["a schema that takes its time", slowPersonSchema],
])("validate with %s", (_, payload) => {
  const Greet = command("Greet", { payload, result: type<string>() });
  const bus = new CommandBus({ middleware: [validate()] }).register(
    Greet,
    ({ name, age }) => `${name} is ${age}`,
  );

  it("hands what the schema yields to the handler", async () => {
    await expect(bus.dispatch(Greet({ name: "  Ada " }))).resolves.toBe("Ada is 18");
  });

  it("refuses with all issues at once, in a form that survives JSON", async () => {
    const error = await bus
      .dispatch(Greet({ name: " ", age: "old" } as never))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: "BusError",
      code: "INVALID_PAYLOAD",
      message: "Invalid payload of Greet: name: Name is required; age: Age is a number",
    });
    expect(JSON.parse(JSON.stringify((error as { details: unknown }).details))).toEqual({
      type: "Greet",
      issues: [
        { message: "Name is required", path: ["name"] },
        { message: "Age is a number", path: ["age"] },
      ],
    });
  });
});

describe("validate", () => {
  it("keeps a synchronous way synchronous, and an unchanged message the same", async () => {
    const Keep = command("Keep", { payload: sameSchema, result: type<unknown>() });
    const own = Promise.resolve();
    const below = vi.fn<Middleware>((_message, next) => next());
    const message = Keep({});
    const bus = new CommandBus({ middleware: [validate(), below] }).register(Keep, () => own);
    expect(bus.dispatch(message)).toBe(own);
    expect(below.mock.calls[0]?.[0]).toBe(message);
  });

  it("does not call the handler for what it refuses", async () => {
    const Never = command("Never", { payload: refusing([{ message: "no" }]) });
    const handler = vi.fn();
    const bus = new CommandBus({ middleware: [validate()] }).register(Never, handler);
    await expect(bus.dispatch(Never(1))).rejects.toThrow("Invalid payload of Never: payload: no");
    expect(handler).not.toHaveBeenCalled();
  });

  it("takes an empty list of issues for a refusal too, as Standard Schema has it", async () => {
    const Never = command("Never", { payload: refusing([]) });
    const bus = new CommandBus({ middleware: [validate()] }).register(Never, () => {});
    await expect(bus.dispatch(Never(1))).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
  });

  it("writes paths of every kind, deep ones with dots", async () => {
    const path = ["users", { key: 0 }, Symbol("tag"), { key: "name" }];
    const Never = command("Never", { payload: refusing([{ message: "no", path }]) });
    const bus = new CommandBus({ middleware: [validate()] }).register(Never, () => {});
    await expect(bus.dispatch(Never(1))).rejects.toMatchObject({
      message: "Invalid payload of Never: users.0.Symbol(tag).name: no",
      details: { issues: [{ path: ["users", 0, "Symbol(tag)", "name"] }] },
    });
  });

  it("awaits a schema that answers with any thenable", async () => {
    const foreign = {
      then: (resolve: (result: unknown) => void) => resolve({ issues: [{ message: "no" }] }),
    };
    const payload = { "~standard": { version: 1, vendor: "foreign", validate: () => foreign } };
    const Foreign = command("Foreign", { payload: payload as unknown as StandardSchema<number> });
    const handler = vi.fn();
    const bus = new CommandBus({ middleware: [validate()] }).register(Foreign, handler);
    await expect(bus.dispatch(Foreign(1))).rejects.toMatchObject({
      code: "INVALID_PAYLOAD",
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it("passes on what a schema throws, unchanged", async () => {
    const error = new Error("the schema is broken");
    const Broken = command("Broken", { payload: throwing(error) });
    const bus = new CommandBus({ middleware: [validate()] }).register(Broken, () => {});
    await expect(bus.dispatch(Broken(1))).rejects.toBe(error);
  });

  it("lets everything pass that has no schema", async () => {
    const handler = vi.fn();
    const bus = new CommandBus({ middleware: [validate()] }).register(command("Bare"), handler);
    await bus.dispatch(command("Bare")());
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

describe("validate({ results: true })", () => {
  const Answer = command("Answer", { payload: type<unknown>(), result: personSchema });

  it("gives the caller what the result schema yields", async () => {
    const bus = new CommandBus({ middleware: [validate({ results: true })] }).register(
      Answer,
      async () => ({ name: " Ada ", age: 36, passwordHash: "secret" }),
    );
    await expect(bus.dispatch(Answer(1))).resolves.toEqual({ name: "Ada", age: 36 });
  });

  it("refuses a result that breaks the contract, whereas validate() alone lets it pass", async () => {
    const wrong = { name: "", age: 36 };
    const strict = new CommandBus({ middleware: [validate({ results: true })] });
    await expect(strict.register(Answer, () => wrong).dispatch(Answer(1))).rejects.toMatchObject({
      code: "INVALID_RESULT",
      message: "Invalid result of Answer: name: Name is required",
    });
    const lenient = new CommandBus({ middleware: [validate()] }).register(Answer, () => wrong);
    expect(await lenient.dispatch(Answer(1))).toBe(wrong);
  });

  it("passes on the error of a handler, unchanged", async () => {
    const error = new Error("taken");
    const bus = new CommandBus({ middleware: [validate({ results: true })] });
    bus.register(Answer, () => Promise.reject(error));
    await expect(bus.dispatch(Answer(1) as never)).rejects.toBe(error);
  });

  it("validates the payload of events, which have no result", async () => {
    const Born = event("Born", { payload: personSchema });
    const seen: unknown[] = [];
    const bus = new EventBus({ middleware: [validate({ results: true })] });
    bus.subscribe(Born, (person) => void seen.push(person));
    await bus.publish(Born({ name: " Ada " }));
    expect(seen).toEqual([{ name: "Ada", age: 18 }]);
  });
});
