import type { EventMessage, Metadata } from "@counterpoint/bus";
import type { ConsistencyToken, ExpectedVersion } from "@counterpoint/events";

/** An aggregate as it was loaded. */
export interface Loaded<TState> {
  readonly state: TState;
  /** The version of its last event; 0 when it has none. */
  readonly version: number;
}

/** An aggregate as an update left it. */
export interface Updated<
  TState,
  TEvent extends EventMessage = EventMessage,
> extends Loaded<TState> {
  /** What was decided; empty when nothing changed. */
  readonly events: readonly TEvent[];
  /** Stands for the aggregate's last event, whether this update or an earlier one wrote it. */
  readonly token: ConsistencyToken;
}

/** Decides: a pure function from the state to new events. No events: nothing changes. Throw to reject the command. */
export type Decide<TState, TEvent extends EventMessage> = (
  state: TState,
  version: number,
) => readonly TEvent[];

export interface UpdateOptions {
  /** What the caller believes of the aggregate, checked before deciding. Default `"any"`: whatever was loaded. */
  readonly expectedVersion?: ExpectedVersion;
  /** Recorded with the events; hand on a handler's `context.metadata`. */
  readonly metadata?: Metadata;
}

/**
 * Loads one kind of aggregate and saves what it decides, atomically and with optimistic concurrency: the port of
 * command handlers. Whether rows or events are the truth behind it is a matter of wiring.
 */
export interface Repository<TState, TEvent extends EventMessage = EventMessage> {
  /** @returns The initial state and version 0 when there are no events for this id. */
  load(id: string): Promise<Loaded<TState>>;

  /**
   * Loads, decides, and saves on the condition that nobody else has saved in between.
   *
   * Nothing is retried here: a conflict says that the decision was taken on old grounds. Put `retry` around the
   * handler to have it decide anew.
   *
   * @throws {ConcurrencyError} When the aggregate is not as expected, or changed meanwhile. Nothing was written.
   * @throws What `decide` throws, unchanged. Nothing was written.
   * @throws {TypeError} When `decide` returns something else than events that the decider lists.
   */
  update(
    id: string,
    decide: Decide<TState, TEvent>,
    options?: UpdateOptions,
  ): Promise<Updated<TState, TEvent>>;
}

export interface RepositoryOptions {
  /** Names the kind of aggregate. The stream of an aggregate is `category-id`. */
  readonly category: string;
}
