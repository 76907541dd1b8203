import { describe, expect, it, vi } from "vitest";
import { CommandBus } from "./command-bus.ts";
import { command, event, query } from "./contract.ts";
import { QueryBus } from "./query-bus.ts";
import { type } from "./standard-schema.ts";

const CreateUser = command("CreateUser", {
  payload: type<{ name: string }>(),
  result: type<{ id: string }>(),
});
const GetUser = query("GetUser", { payload: type<string>(), result: type<string>() });

describe("CommandBus.dispatch", () => {
  it("hands the payload to the handler and its result to the caller", async () => {
    const bus = new CommandBus().register(CreateUser, ({ name }) => ({ id: name.toLowerCase() }));
    await expect(bus.dispatch(CreateUser({ name: "Ada" }))).resolves.toEqual({ id: "ada" });
  });

  it("hands back the handler's own promise", () => {
    const own = Promise.resolve({ id: "ada" });
    const bus = new CommandBus().register(CreateUser, () => own);
    expect(bus.dispatch(CreateUser({ name: "Ada" }))).toBe(own);
  });

  it("rejects with the very object that the handler throws or rejects with", async () => {
    const error = Object.freeze(new Error("taken"));
    const throws = new CommandBus().register(CreateUser, () => {
      throw error;
    });
    const rejects = new CommandBus().register(CreateUser, () => Promise.reject(error));
    await expect(throws.dispatch(CreateUser({ name: "Ada" }))).rejects.toBe(error);
    await expect(rejects.dispatch(CreateUser({ name: "Ada" }))).rejects.toBe(error);
  });

  it("makes a promise of whatever else can be awaited", async () => {
    const user = { id: "ada" };
    const thenable = { then: (resolve: (value: { id: string }) => void) => resolve(user) };
    const bus = new CommandBus().register(CreateUser, () => thenable as never); // like a query builder
    const promise = bus.dispatch(CreateUser({ name: "Ada" }));
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toBe(user);
  });

  it("carries on with a message that went through JSON", async () => {
    const bus = new CommandBus().register(CreateUser, ({ name }) => ({ id: name }));
    const message = JSON.parse(JSON.stringify(CreateUser({ name: "Ada" }))) as ReturnType<
      typeof CreateUser
    >;
    await expect(bus.dispatch(message)).resolves.toEqual({ id: "Ada" });
  });

  it("does not disturb a message under way when its route goes", async () => {
    let finish = (_: { id: string }): void => {};
    const bus = new CommandBus().register(CreateUser, () => new Promise((r) => (finish = r)));
    const promise = bus.dispatch(CreateUser({ name: "Ada" }));
    bus.unregister(CreateUser);
    finish({ id: "ada" });
    await expect(promise).resolves.toEqual({ id: "ada" });
  });

  it("names in details the type that nobody handles", async () => {
    await expect(
      new CommandBus().dispatch(CreateUser({ name: "Ada" }) as never),
    ).rejects.toMatchObject({
      name: "BusError",
      code: "HANDLER_NOT_FOUND",
      message: "No handler registered for CreateUser",
      details: { type: "CreateUser" },
    });
  });
});

describe("CommandBus.register", () => {
  it("returns the same bus, and so does unregister", () => {
    const bus = new CommandBus();
    expect(bus.register(CreateUser, () => ({ id: "" }))).toBe(bus);
    expect(bus.unregister(CreateUser)).toBe(bus);
  });

  it("refuses a second handler and keeps the first", async () => {
    const first = vi.fn(() => ({ id: "first" }));
    const bus = new CommandBus().register(CreateUser, first);
    expect(() => bus.register(CreateUser, () => ({ id: "second" }))).toThrow(
      "A handler for CreateUser is registered already; unregister it first.",
    );
    expect(await bus.dispatch(CreateUser({ name: "Ada" }))).toEqual({ id: "first" });
  });

  it.each([
    ["the query GetUser", GetUser],
    ["the event Happened", event("Happened")],
    ["undefined", undefined],
    ["object", null],
    ["string", "CreateUser"],
  ])("refuses %s, to register and to unregister", (got, contract) => {
    const bus = new CommandBus();
    const unused = (): never => expect.fail();
    const refusal = new TypeError(`Expected a contract made by command(…), got ${got}.`);
    expect(() => bus.register(contract as never, unused)).toThrow(refusal);
    expect(() => bus.unregister(contract as never)).toThrow(refusal);
  });

  it("refuses a handler that is no function, and registers nothing", () => {
    const bus = new CommandBus();
    expect(() => bus.register(CreateUser, { handle: () => ({ id: "" }) } as never)).toThrow(
      new TypeError("Expected the handler of CreateUser to be a function, got object."),
    );
    expect(bus.has("CreateUser")).toBe(false);
  });
});

describe("QueryBus", () => {
  it("answers queries, and takes none but queries", async () => {
    const bus = new QueryBus().register(GetUser, async (id) => `User ${id}`);
    await expect(bus.dispatch(GetUser("1"))).resolves.toBe("User 1");
    expect(bus.has("GetUser")).toBe(true);
    expect(() => bus.register(CreateUser as never, (): never => expect.fail())).toThrow(
      new TypeError("Expected a contract made by query(…), got the command CreateUser."),
    );
    expect(bus.unregister(GetUser).has("GetUser")).toBe(false);
  });
});
