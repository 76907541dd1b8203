import { expectTypeOf, test } from "vitest";
import { personSchema } from "../test/schemas.ts";
import type { CommandMessage, MessageOf } from "./index.ts";
import {
  BusError,
  CommandBus,
  EventBus,
  QueryBus,
  command,
  event,
  isBusError,
  query,
  type,
} from "./index.ts";
import { authorize } from "./middleware/authorize.ts";
import { logging } from "./middleware/logging.ts";
import { retry } from "./middleware/retry.ts";
import { validate } from "./middleware/validate.ts";

const CreateUser = command("CreateUser", {
  payload: type<{ name: string }>(),
  result: type<{ id: string }>(),
});
const Rename = command("Rename", { payload: type<string>() });
const Reset = command("Reset");
const Greet = command("Greet", { payload: personSchema, result: type<string>() });
const GetUser = query("GetUser", { payload: type<string>(), result: type<{ name: string }>() });
const Happened = event("Happened", { payload: type<{ id: string }>() });

const one = new CommandBus().register(CreateUser, () => ({ id: "1" }));
const many = one.register(Rename, () => {}).register(Reset, async () => {});
const queries = new QueryBus().register(GetUser, async (id) => ({ name: id }));

test("dispatch promises the result of the contract", () => {
  expectTypeOf(many.dispatch(CreateUser({ name: "Ada" }))).toEqualTypeOf<Promise<{ id: string }>>();
  expectTypeOf(many.dispatch(Reset())).toEqualTypeOf<Promise<void>>();
  expectTypeOf(queries.dispatch(GetUser("1"))).toEqualTypeOf<Promise<{ name: string }>>();
});

test("what is not registered does not compile", () => {
  // @ts-expect-error a bus without routes takes nothing
  void new CommandBus().dispatch(Reset());
  // @ts-expect-error Rename is not registered here
  void one.dispatch(Rename("x"));
  // @ts-expect-error a query is no command
  void many.dispatch(GetUser("1"));
  // @ts-expect-error a command is no query
  void queries.dispatch(CreateUser({ name: "Ada" }));
  // @ts-expect-error an event is no command
  void many.dispatch(Happened({ id: "1" }));
  // @ts-expect-error the contract has to be called
  void many.dispatch(CreateUser);
});

test("contracts of another kind cannot be registered", () => {
  // @ts-expect-error a query on the command bus
  new CommandBus().register(GetUser, async () => ({ name: "" }));
  // @ts-expect-error a command on the query bus
  new QueryBus().register(Reset, () => {});
  // @ts-expect-error a command on the event bus
  new EventBus().subscribe(Reset, () => {});
});

test("messages written by hand are held to the contract", () => {
  void many.dispatch({ type: "Rename", payload: "x" });
  // @ts-expect-error the payload is a string
  void many.dispatch({ type: "Rename", payload: 1 });
  // @ts-expect-error the name differs by case
  void many.dispatch({ type: "rename", payload: "x" });
  // @ts-expect-error the payload is missing
  void many.dispatch({ type: "CreateUser" });
});

test("handlers are held to the result of the contract", () => {
  new CommandBus().register(CreateUser, () => ({ id: "1" }));
  new CommandBus().register(CreateUser, async () => ({ id: "1" }));
  // @ts-expect-error id is a string
  new CommandBus().register(CreateUser, () => ({ id: 1 }));
  // @ts-expect-error id is missing, also of a promise
  new CommandBus().register(CreateUser, async () => ({}));
  // @ts-expect-error nothing is returned
  new CommandBus().register(CreateUser, () => {});
});

test("handlers get the output of the schema and the context", () => {
  new CommandBus().register(Greet, (person, context) => {
    expectTypeOf(person).toEqualTypeOf<{ name: string; age: number }>();
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal | undefined>();
    expectTypeOf(context.metadata.actor).toEqualTypeOf<string | undefined>();
    return `${person.name} ${person.age}`;
  });
});

test("an unregistered route is gone from the type, and the others stay", () => {
  const less = many.unregister(Rename);
  expectTypeOf(less).toEqualTypeOf<
    CommandBus<MessageOf<typeof CreateUser> | MessageOf<typeof Reset>>
  >();
  // @ts-expect-error Rename was taken out
  void less.dispatch(Rename("x"));
  void less.dispatch(Reset());
});

test("a bus with more routes goes where fewer are asked for, and not the other way round", () => {
  const fewer: CommandBus<MessageOf<typeof CreateUser>> = many;
  void fewer.dispatch(CreateUser({ name: "Ada" }));
  // @ts-expect-error Rename and Reset are asked for as well
  const more: typeof many = one;
  // @ts-expect-error any command at all is asked for
  const every: CommandBus<CommandMessage> = many;
  // @ts-expect-error a query bus is no command bus, however empty
  const other: CommandBus = new QueryBus();
  expectTypeOf([more, every, other]).toBeArray();
});

test("subscribers get the payload of their event", () => {
  const events = new EventBus();
  const leave = events.subscribe(Happened, (payload) => {
    expectTypeOf(payload).toEqualTypeOf<{ id: string }>();
  });
  expectTypeOf(leave).toExtend<Disposable>();
  expectTypeOf(events.publish(Happened({ id: "1" }))).toEqualTypeOf<Promise<void>>();
  // @ts-expect-error the payload has an id
  void events.publish(Happened({}));
  // @ts-expect-error a command is no event
  void events.publish(Reset());
  // @ts-expect-error the subscriber asks for another payload
  events.subscribe(Happened, (payload: { name: string }) => void payload);
});

test("middlewares are what factories return, and not the factories", () => {
  const middleware = [validate(), authorize(() => true), retry({ times: 1 }), logging()];
  new EventBus({ middleware });
  // @ts-expect-error validate has to be called
  new CommandBus({ middleware: [validate] });
  // @ts-expect-error authorize has to be called
  new CommandBus({ middleware: [authorize] });
  // @ts-expect-error retry has to be called
  new CommandBus({ middleware: [retry] });
  // @ts-expect-error logging has to be called
  new CommandBus({ middleware: [logging] });
  // @ts-expect-error times has to be said
  retry({});
});

test("isBusError narrows to the code that was asked for", () => {
  const error: unknown = new BusError("FORBIDDEN", "no");
  if (isBusError(error, "ABORTED")) expectTypeOf(error).toEqualTypeOf<BusError<"ABORTED">>();
  // @ts-expect-error there is no such code
  isBusError(error, "NOT_A_CODE");
});
