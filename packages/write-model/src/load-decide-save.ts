import type { EventMessage } from "@counterpoint/bus";
import type { AppendResult, StreamAppend } from "@counterpoint/events";
import { checkVersion, encodeToken } from "@counterpoint/events";
import type { Decider } from "./decider.ts";
import { fold } from "./decider.ts";
import type { Decide, Loaded, UpdateOptions, Updated } from "./repository.ts";

/** An aggregate as loaded, with the position of its last event (0: none). */
export interface Positioned<TState> extends Loaded<TState> {
  readonly position: number;
}

/** Runs one update; the two forms of repository differ in `save` alone. */
export async function loadDecideSave<TState, TEvent extends EventMessage>(
  stream: string,
  decider: Decider<TState, TEvent>,
  loaded: Positioned<TState>,
  decide: Decide<TState, TEvent>,
  { expectedVersion = "any", metadata = {} }: UpdateOptions,
  save: (append: StreamAppend, state: TState) => Promise<AppendResult>,
): Promise<Updated<TState, TEvent>> {
  checkVersion(stream, expectedVersion, loaded.version);
  const events = decide(loaded.state, loaded.version);
  assertDecided(events, decider);
  if (events.length === 0) {
    const { state, version, position } = loaded;
    return { state, version, events, token: encodeToken(position) };
  }
  const state = fold(decider, loaded.state, events);
  const append = { stream, events, expectedVersion: loaded.version, metadata };
  const { token } = await save(append, state);
  return { state, version: loaded.version + events.length, events, token };
}

/** @throws {TypeError} When the decision is not a list of events that the decider can fold again. */
function assertDecided<TState, TEvent extends EventMessage>(
  events: readonly TEvent[],
  { knows }: Decider<TState, TEvent>,
): void {
  if (!Array.isArray(events)) {
    throw new TypeError(
      "Expected decide to return a list of events; it must be synchronous and pure.",
    );
  }
  for (const event of events as readonly (TEvent | null | undefined)[]) {
    if (event && knows(event.type)) continue;
    const what = event ? String(event.type) : String(event);
    throw new TypeError(
      `decide returned ${what}, which the decider does not list among its events.`,
    );
  }
}
