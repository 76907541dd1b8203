import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts";
import { type } from "./standard-schema.ts";

/** Describes plain data that travels over a bus. It survives `JSON.stringify` when its payload does. */
export interface Message<TType extends string = string, TPayload = unknown> {
  readonly type: TType;
  readonly payload: TPayload;
}

declare const kindOf: unique symbol;
declare const resultOf: unique symbol;

/** Asks for a change of state; answered by one handler. The symbols are phantoms: they exist for the compiler alone. */
export interface CommandMessage<
  TType extends string = string,
  TPayload = unknown,
  TResult = unknown,
> extends Message<TType, TPayload> {
  readonly [kindOf]?: "command";
  readonly [resultOf]?: TResult;
}

/** Asks a question without a side effect; answered by one handler. */
export interface QueryMessage<
  TType extends string = string,
  TPayload = unknown,
  TResult = unknown,
> extends Message<TType, TPayload> {
  readonly [kindOf]?: "query";
  readonly [resultOf]?: TResult;
}

/** States a fact that has happened; heard by any number of subscribers. */
export interface EventMessage<TType extends string = string, TPayload = unknown> extends Message<
  TType,
  TPayload
> {
  readonly [kindOf]?: "event";
}

type Arguments<TPayload> = undefined extends TPayload ? [payload?: TPayload] : [payload: TPayload];

interface ContractBase<TType extends string, TSchema extends StandardSchema> {
  /** The exact name by which a message is routed. */
  readonly type: TType;
  /** The schema that `validate` holds payloads to. */
  readonly payload: TSchema;
}

/** Defines a command: its type name, payload schema and result. Calling it makes a message. */
export interface CommandContract<
  TType extends string,
  TSchema extends StandardSchema,
  TResult,
> extends ContractBase<TType, TSchema> {
  (...args: Arguments<SchemaInput<TSchema>>): CommandMessage<TType, SchemaInput<TSchema>, TResult>;
  readonly kind: "command";
  readonly result: StandardSchema<unknown, TResult>;
}

/** Defines a query: its type name, payload schema and result. Calling it makes a message. */
export interface QueryContract<
  TType extends string,
  TSchema extends StandardSchema,
  TResult,
> extends ContractBase<TType, TSchema> {
  (...args: Arguments<SchemaInput<TSchema>>): QueryMessage<TType, SchemaInput<TSchema>, TResult>;
  readonly kind: "query";
  readonly result: StandardSchema<unknown, TResult>;
}

/** Defines an event: its type name and payload schema. Calling it makes a message. */
export interface EventContract<
  TType extends string,
  TSchema extends StandardSchema,
> extends ContractBase<TType, TSchema> {
  (...args: Arguments<SchemaInput<TSchema>>): EventMessage<TType, SchemaInput<TSchema>>;
  readonly kind: "event";
}

// `any` is the one argument under which contracts of every payload are assignable (payloads are contravariant).
/** Stands for any command contract. */
export type AnyCommandContract = CommandContract<string, any, any>;
/** Stands for any query contract. */
export type AnyQueryContract = QueryContract<string, any, any>;
/** Stands for any event contract. */
export type AnyEventContract = EventContract<string, any>;
/** Stands for any contract. */
export type AnyContract = AnyCommandContract | AnyQueryContract | AnyEventContract;

/** Names the message that a contract makes. */
export type MessageOf<TContract extends AnyContract> = ReturnType<TContract>;

/** Names the payload that a handler receives: the output of the contract's schema. */
export type PayloadOf<TContract extends AnyContract> = SchemaOutput<TContract["payload"]>;

/** Names the result that a message or a contract promises. */
export type ResultOf<TSubject> = TSubject extends { readonly [resultOf]?: infer TResult }
  ? TResult
  : TSubject extends { readonly result: StandardSchema<unknown, infer TResult> }
    ? TResult
    : never;

type Payload<TOptions> = TOptions extends { readonly payload: infer TSchema extends StandardSchema }
  ? TSchema
  : StandardSchema<void>;

type Result<TOptions> = TOptions extends { readonly result: infer TSchema extends StandardSchema }
  ? SchemaOutput<TSchema>
  : void;

interface RequestOptions {
  /** Any Standard Schema, or `type<T>()`. Without it the message has no payload. */
  readonly payload?: StandardSchema<any>;
  /** Any Standard Schema, or `type<T>()`. Without it the handler answers nothing. */
  readonly result?: StandardSchema<any>;
}

/**
 * Defines a command.
 *
 * @param name - The type by which messages are routed: compared exactly, any string.
 * @throws {TypeError} When `name` is not a string or a schema does not follow Standard Schema.
 * @example
 * ```ts
 * import { command, type } from "@counterpoint/bus";
 *
 * const CreateUser = command("CreateUser", {
 *   payload: type<{ name: string }>(),
 *   result: type<{ userId: string }>(),
 * });
 * CreateUser({ name: "Ada" }); // => { type: "CreateUser", payload: { name: "Ada" } }
 * ```
 */
export function command<TType extends string, const TOptions extends RequestOptions = {}>(
  name: TType,
  options?: TOptions,
): CommandContract<TType, Payload<TOptions>, Result<TOptions>> {
  return contract("command", name, options) as CommandContract<
    TType,
    Payload<TOptions>,
    Result<TOptions>
  >; // `contract` builds exactly this shape; conditional types are opaque to it
}

/**
 * Defines a query.
 *
 * @param name - The type by which messages are routed: compared exactly, any string.
 * @throws {TypeError} When `name` is not a string or a schema does not follow Standard Schema.
 * @example
 * ```ts
 * import { query, type } from "@counterpoint/bus";
 *
 * const GetUser = query("GetUser", {
 *   payload: type<{ userId: string }>(),
 *   result: type<{ name: string }>(),
 * });
 * GetUser({ userId: "1" }); // => { type: "GetUser", payload: { userId: "1" } }
 * ```
 */
export function query<TType extends string, const TOptions extends RequestOptions = {}>(
  name: TType,
  options?: TOptions,
): QueryContract<TType, Payload<TOptions>, Result<TOptions>> {
  return contract("query", name, options) as QueryContract<
    TType,
    Payload<TOptions>,
    Result<TOptions>
  >; // as above
}

/**
 * Defines an event.
 *
 * @param name - The type by which messages are routed: compared exactly, any string.
 * @throws {TypeError} When `name` is not a string or the schema does not follow Standard Schema.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 *
 * const UserRegistered = event("UserRegistered", { payload: type<{ userId: string }>() });
 * UserRegistered({ userId: "1" }); // => { type: "UserRegistered", payload: { userId: "1" } }
 * ```
 */
export function event<
  TType extends string,
  const TOptions extends Pick<RequestOptions, "payload"> = {},
>(name: TType, options?: TOptions): EventContract<TType, Payload<TOptions>> {
  return contract("event", name, options) as EventContract<TType, Payload<TOptions>>; // as above
}

function contract(kind: "command" | "query" | "event", name: string, options: RequestOptions = {}) {
  if (typeof name !== "string") {
    throw new TypeError(`A ${kind} needs a type name that is a string, got ${typeof name}.`);
  }
  const { payload = type<unknown>(), result = type<unknown>() } = options;
  assertSchema(payload, `the payload of ${kind} ${name}`);
  assertSchema(result, `the result of ${kind} ${name}`);
  const make = (value?: unknown): Message => ({ type: name, payload: value });
  return Object.assign(
    make,
    kind === "event" ? { kind, type: name, payload } : { kind, type: name, payload, result },
  );
}

function assertSchema(schema: StandardSchema, owner: string): void {
  if (typeof schema?.["~standard"]?.validate !== "function") {
    throw new TypeError(
      `Expected a Standard Schema (zod, valibot, arktype, or type<T>()) for ${owner}.`,
    );
  }
}
