import type { EventMessage } from "@counterpoint/bus";
import type { RecordedEvent } from "@counterpoint/events";
import { copyJson } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";
import { foldBatch, keysOf } from "@counterpoint/read-model";
import type { Decide, Decider } from "@counterpoint/write-model";
import { fold } from "@counterpoint/write-model";
import { deepEqual, fail, ok } from "./node.ts";

/** What has happened to an aggregate before. */
export interface GivenHistory<TState, TEvent extends EventMessage> {
  /** Decides on the state that the history has led to. */
  when(decide: Decide<TState, TEvent>): Decided<TState, TEvent>;
  /** Asserts the state that the history has led to. */
  thenState(expected: TState): void;
}

/** What was decided, to be compared with what should have been. */
export interface Decided<TState, TEvent extends EventMessage> {
  /** Asserts the new events, in order and complete. */
  thenEvents(...expected: readonly TEvent[]): Decided<TState, TEvent>;
  /** Asserts that nothing changes. */
  thenNothing(): Decided<TState, TEvent>;
  /** Asserts the state after the new events. */
  thenState(expected: TState): Decided<TState, TEvent>;
  /**
   * Asserts that the decision was refused.
   *
   * @param expected - A part of the error's message, or its class. Default: any error.
   * @returns The error, for further questions.
   */
  thenRejected(expected?: string | (new (...args: never[]) => Error)): unknown;
}

/**
 * Sets up a test of a decision: given what has happened, when somebody decides, then these events follow. No store, no
 * clock, no promise.
 *
 * @throws {AssertionError} From the `then…` methods, with what was decided instead.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { given } from "@counterpoint/testing";
 * import { decider } from "@counterpoint/write-model";
 *
 * const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
 * const account = decider({
 *   events: [Deposited],
 *   initial: { balance: 0 },
 *   evolve: { Deposited: ({ balance }, { payload }) => ({ balance: balance + payload.amount }) },
 * });
 *
 * given(account, Deposited({ amount: 5 }))
 *   .when(() => [Deposited({ amount: 3 })])
 *   .thenEvents(Deposited({ amount: 3 }))
 *   .thenState({ balance: 8 });
 * ```
 */
export function given<TState, TEvent extends EventMessage>(
  decider: Decider<TState, TEvent>,
  ...history: readonly TEvent[]
): GivenHistory<TState, TEvent> {
  const state = fold(decider, decider.initial, history);
  return {
    thenState: (expected) => deepEqual(state, expected),
    when(decide) {
      const outcome = attempt(() => decide(state, history.length));
      return decided(decider, state, outcome);
    },
  };
}

/** What a read model has heard. */
export interface GivenEvents<TDocument> {
  /** Asserts all documents, in any order. */
  thenDocuments(...expected: readonly TDocument[]): void;
  /** Asserts one document; `undefined`: there is none. */
  thenDocument(key: string, expected: TDocument | undefined): void;
}

/**
 * Sets up a test of a projection: given these events, then its read model holds these documents. The events are
 * folded exactly as adapters do it, so a document that the columns cannot hold fails the test.
 *
 * @param events - Messages, or recorded events made by {@link recorded} where stream, version or time matter.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { projection } from "@counterpoint/read-model";
 * import { givenEvents } from "@counterpoint/testing";
 *
 * const SeatReserved = event("SeatReserved", { payload: type<{ seat: string; guest: string }>() });
 * const seats = projection("seats", {
 *   version: 1,
 *   events: [SeatReserved],
 *   columns: { seat: "text", guest: "text" },
 *   key: ({ payload }) => payload.seat,
 *   on: { SeatReserved: (_row, { payload }) => payload },
 * });
 *
 * givenEvents(seats, SeatReserved({ seat: "7", guest: "Ada" })).thenDocuments({
 *   seat: "7",
 *   guest: "Ada",
 * });
 * ```
 */
export function givenEvents<TDocument>(
  projection: Projection<TDocument>,
  ...events: readonly (EventMessage | RecordedEvent)[]
): GivenEvents<TDocument> {
  const log = events.map((event, index) =>
    "position" in event ? event : recorded(event, index + 1),
  );
  const typeless = projection as unknown as Projection; // documents only travel through the fold
  keysOf(typeless, log);
  const documents = new Map(
    [...foldBatch(typeless, log, new Map())].filter(([, document]) => document !== null),
  );
  return {
    thenDocument: (key, expected) => deepEqual(documents.get(key), expected),
    thenDocuments: (...expected) =>
      deepEqual(new Set(documents.values()), new Set<unknown>(expected)),
  };
}

/** Says what `recorded` should not make up. */
export type RecordedFields = Partial<Omit<RecordedEvent, "type" | "payload">>;

/**
 * Makes a recorded event of a message, as a store would: with a copy of its payload.
 *
 * @param at - Its position and version, or any of its fields. Default: position and version 1, stream `stream-1`, 2025-01-01T00:00Z.
 */
export function recorded<TType extends string, TPayload>(
  message: EventMessage<TType, TPayload>,
  at: number | RecordedFields = {},
): RecordedEvent<TType, TPayload> {
  const { position = 1, ...fields } = typeof at === "number" ? { position: at } : at;
  const { type, payload } = message;
  return {
    stream: "stream-1",
    version: position,
    position,
    recordedAt: new Date(Date.UTC(2025, 0, 1)),
    metadata: { id: `event-${position}` },
    ...fields,
    type,
    payload: payload === undefined ? payload : (copyJson(payload, type) as TPayload), // JSON copies as itself
  };
}

type Outcome<TEvent> =
  { readonly events: readonly TEvent[] } | { readonly events?: never; readonly error: unknown };

function attempt<TEvent>(decide: () => readonly TEvent[]): Outcome<TEvent> {
  try {
    return { events: decide() };
  } catch (error) {
    return { error };
  }
}

function decided<TState, TEvent extends EventMessage>(
  decider: Decider<TState, TEvent>,
  state: TState,
  outcome: Outcome<TEvent>,
): Decided<TState, TEvent> {
  const self: Decided<TState, TEvent> = {
    thenEvents(...expected) {
      deepEqual(plain(events()), plain(expected));
      return self;
    },
    thenNothing: () => self.thenEvents(),
    thenState(expected) {
      for (const { type } of events()) ok(decider.knows(type), `the decider does not list ${type}`);
      deepEqual(fold(decider, state, events()), expected);
      return self;
    },
    thenRejected(expected) {
      if (outcome.events) {
        const types = outcome.events.map(({ type }) => type).join(", ");
        return fail(`expected a refusal, but it was decided: ${types || "nothing changes"}`);
      }
      const { error } = outcome;
      if (typeof expected === "string") {
        ok(
          error instanceof Error && error.message.includes(expected),
          `expected a refusal that says "${expected}", but got ${String(error)}`,
        );
      } else if (expected) {
        ok(error instanceof expected, `expected a ${expected.name}, but got ${String(error)}`);
      }
      return error;
    },
  };
  return self;

  function events(): readonly TEvent[] {
    if (outcome.events) return outcome.events;
    throw outcome.error;
  }
}

function plain(events: readonly EventMessage[]): readonly EventMessage[] {
  return events.map(({ type, payload }) => ({ type, payload }));
}
