export { BusError, isBusError } from "./bus-error.ts";
export type { BusErrorCode } from "./bus-error.ts";
export { CommandBus } from "./command-bus.ts";
export type { CommandHandler } from "./command-bus.ts";
export type { Context, DispatchOptions, Metadata } from "./context.ts";
export { command, event, query } from "./contract.ts";
export type {
  AnyCommandContract,
  AnyContract,
  AnyEventContract,
  AnyQueryContract,
  CommandContract,
  CommandMessage,
  EventContract,
  EventMessage,
  Message,
  MessageOf,
  PayloadOf,
  QueryContract,
  QueryMessage,
  ResultOf,
} from "./contract.ts";
export { EventBus } from "./event-bus.ts";
export type { Subscriber, Unsubscribe } from "./event-bus.ts";
export type { Middleware, Next } from "./middleware.ts";
export { QueryBus } from "./query-bus.ts";
export type { QueryHandler } from "./query-bus.ts";
export type { BusOptions } from "./router.ts";
export { type } from "./standard-schema.ts";
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from "./standard-schema.ts";
