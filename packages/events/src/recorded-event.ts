import type { EventMessage } from "@counterpoint/bus";

/** What JSON can hold. `undefined` members are left out when they are stored. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Says where an event came from. Further keys are the application's own. */
export interface EventMetadata {
  /** Identifies the event everywhere, for ever: the idempotency key of whoever reacts to it. */
  readonly id: string;
  /** Ties together everything that one request from outside set off. */
  readonly correlationId?: string;
  /** The id of the message that caused this event. */
  readonly causationId?: string;
  /** The id of whoever is responsible. */
  readonly actor?: string;
  readonly [key: string]: Json | undefined;
}

/** An event as the log keeps it: the message, and where and when it was recorded. */
export interface RecordedEvent<
  TType extends string = string,
  TPayload = unknown,
> extends EventMessage<TType, TPayload> {
  readonly stream: string;
  /** Place within the stream, counted from 1 without gaps. */
  readonly version: number;
  /**
   * Place in the whole log: a safe integer ≥ 1, strictly increasing in the order in which readers may see events. Gaps
   * are normal (rolled-back appends).
   */
  readonly position: number;
  readonly recordedAt: Date;
  readonly metadata: EventMetadata;
}

/** Names the recorded form of an event message. Distributes over unions. */
export type Recorded<TEvent extends EventMessage> =
  TEvent extends EventMessage<infer TType, infer TPayload> ? RecordedEvent<TType, TPayload> : never;
