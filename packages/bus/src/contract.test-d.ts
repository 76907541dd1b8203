import { expectTypeOf, test } from "vitest";
import type {
  CommandMessage,
  EventMessage,
  MessageOf,
  PayloadOf,
  QueryMessage,
  ResultOf,
} from "./index.ts";
import { command, event, query, type } from "./index.ts";
import { personSchema } from "../test/schemas.ts";

const CreateUser = command("CreateUser", {
  payload: type<{ name: string }>(),
  result: type<{ id: string }>(),
});
const Reset = command("Reset");
const Search = query("Search", { payload: type<string | undefined>(), result: type<string[]>() });
const Greet = command("Greet", { payload: personSchema, result: type<string>() });
const Happened = event("Happened", { payload: type<{ id: string }>() });

test("a contract makes messages of its own literal type", () => {
  expectTypeOf(CreateUser({ name: "Ada" })).toEqualTypeOf<
    CommandMessage<"CreateUser", { name: string }, { id: string }>
  >();
  expectTypeOf(Search("x")).toEqualTypeOf<QueryMessage<"Search", string | undefined, string[]>>();
  expectTypeOf(Happened({ id: "1" })).toEqualTypeOf<EventMessage<"Happened", { id: string }>>();
  expectTypeOf(CreateUser.type).toEqualTypeOf<"CreateUser">();
});

test("a wrong, missing or superfluous payload does not compile", () => {
  // @ts-expect-error name is missing
  CreateUser({});
  // @ts-expect-error the payload is missing
  CreateUser();
  // @ts-expect-error name is a string
  CreateUser({ name: 1 });
  // @ts-expect-error nothing is asked for but name
  CreateUser({ name: "Ada", admin: true });
  // @ts-expect-error an event's payload as well
  Happened({ id: 1 });
});

test("a void payload is left out, and one that may be undefined can be", () => {
  Reset();
  Search();
  Search("x");
  // @ts-expect-error there is no payload
  Reset({ now: true });
  expectTypeOf(Reset()).toEqualTypeOf<CommandMessage<"Reset", void, void>>();
});

test("callers give the schema's input, handlers get its output", () => {
  Greet({ name: "Ada" });
  expectTypeOf<PayloadOf<typeof Greet>>().toEqualTypeOf<{ name: string; age: number }>();
  expectTypeOf<MessageOf<typeof Greet>["payload"]>().toEqualTypeOf<{
    name: string;
    age?: number;
  }>();
});

test("the result is known of contracts and of messages", () => {
  expectTypeOf<ResultOf<typeof CreateUser>>().toEqualTypeOf<{ id: string }>();
  expectTypeOf<ResultOf<MessageOf<typeof CreateUser>>>().toEqualTypeOf<{ id: string }>();
  expectTypeOf<ResultOf<typeof Reset>>().toEqualTypeOf<void>();
});

test("what is no Standard Schema does not compile", () => {
  // @ts-expect-error a class is no schema
  command("Wrong", { payload: Date });
  // @ts-expect-error events promise no result
  event("Wrong", { result: type<string>() });
});
