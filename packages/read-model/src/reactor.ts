import type { AnyEventContract, MessageOf } from "@counterpoint/bus";
import type { ConsistencyToken, EventLog, Recorded, RecordedEvent } from "@counterpoint/events";
import type { DeadLetterOffice } from "./dead-letter-office.ts";
import { createDeadLetterOffice } from "./dead-letter-office.ts";
import { assertName } from "./columns.ts";
import type { Follower } from "./follower.ts";
import type { FollowerOptions, FollowingOptions, WaitForOptions } from "./following.ts";
import { Following } from "./following.ts";
import type { FollowerStatus } from "./follower-status.ts";
import type { ProgressStore, Step } from "./progress-store.ts";
import { ReadModelError } from "./read-model-error.ts";

/** What a reaction is told beside the event. */
export interface ReactionContext {
  /** The event's id. Hand it to whatever has the effect, so that doing it again does nothing. */
  readonly idempotencyKey: string;
}

/** Something that is to happen, outside, because of events: a durable subscription. */
export interface Reaction extends Follower {
  /** Brings the effect about. It may be called again for the same event. */
  react(event: RecordedEvent, context: ReactionContext): Promise<void>;
}

interface ReactionDefinition<TContracts extends readonly AnyEventContract[]> {
  /** The contracts of all events that the reaction listens to. */
  readonly events: TContracts;
  /** Events of one key are handled in order. Default: the event's stream. */
  readonly key?: (event: Recorded<MessageOf<TContracts[number]>>) => string;
  /** One function for each event type. */
  readonly on: {
    readonly [TType in MessageOf<TContracts[number]>["type"]]: (
      event: Recorded<Extract<MessageOf<TContracts[number]>, { readonly type: TType }>>,
      context: ReactionContext,
    ) => void | Promise<void>;
  };
}

/**
 * Defines a reaction: an e-mail, a command to another aggregate, a call to another system.
 *
 * At least once: after a crash the last events may be handled again, with the same `idempotencyKey`. It begins at the
 * start of the log unless `createReactor` is told otherwise. An `EventBus` subscriber, by contrast, lives in this process, is called after the
 * commit at most once, and hears nothing of what happened while the process was down.
 *
 * @param name - Names its checkpoint: `[a-z_][a-z0-9_]*`, at most 63 characters.
 * @throws {TypeError} When a name or a function is missing or unusable.
 * @example
 * const welcome = reaction("welcome_mail", {
 *   events: [UserRegistered],
 *   on: { [UserRegistered.type]: ({ payload }, { idempotencyKey }) => mail(payload.email, idempotencyKey) },
 * });
 */
export function reaction<const TContracts extends readonly AnyEventContract[]>(
  name: string,
  { events, key, on }: ReactionDefinition<TContracts>,
): Reaction {
  assertName("reaction", name);
  type React = (event: RecordedEvent, context: ReactionContext) => void | Promise<void>;
  const given = new Map<string, unknown>(Object.entries(on));
  const handlers = new Map<string, React>();
  for (const { type } of events) {
    const handler = given.get(type);
    if (typeof handler !== "function") {
      throw new TypeError(`Expected ${name} to have a function on.${type}.`);
    }
    handlers.set(type, handler as React); // keyed by the event's own type, as the definition demands
  }
  const keyOf = (key ?? streamOf) as (event: RecordedEvent) => string; // asked only for events that `events` lists
  return {
    name,
    version: 1,
    keyOf: (event) => (handlers.has(event.type) ? keyOf(event) : undefined),
    react: async (event, context) => handlers.get(event.type)?.(event, context),
  };
}

/** A reaction with its own way to be run. */
export interface ReactionSetup extends FollowerOptions {
  readonly reaction: Reaction;
}

export interface ReactorOptions extends FollowingOptions {
  readonly reactions: readonly (Reaction | ReactionSetup)[];
}

/** Follows the log and has reactions carried out, at least once, in order per key, by one worker at a time. */
export interface Reactor extends AsyncDisposable {
  start(): Promise<void>;
  /** Ends after the event under way. */
  stop(): Promise<void>;
  pause(name?: string): void;
  resume(name?: string): Promise<void>;
  /** Waits until everything up to the token was reacted to. Throws as `Projector.waitFor` does. */
  waitFor(token: ConsistencyToken, options?: WaitForOptions): Promise<void>;
  status(): Promise<readonly FollowerStatus[]>;
  readonly deadLetters: DeadLetterOffice;
  onChange(listener: () => void): Disposable;
}

/**
 * Makes a reactor over any store.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When two reactions have the same name.
 */
export function createReactor(store: ProgressStore & EventLog, options: ReactorOptions): Reactor {
  const setups = options.reactions.map((given) =>
    "reaction" in given ? given : { reaction: given },
  );
  const following = new Following(
    store,
    setups.map(({ reaction, ...followerOptions }: ReactionSetup) => ({
      follower: reaction,
      options: followerOptions,
      handle: (events, step) => carryOut(store, reaction, events, step),
    })),
    options,
  );
  const reactions = new Map(setups.map(({ reaction }) => [reaction.name, reaction]));
  const stop = (): Promise<void> => following.stop();
  return {
    start: () => following.start(),
    stop,
    pause: (name) => following.pause(name),
    resume: (name) => following.resume(name),
    waitFor: (token, options = {}) => following.waitFor(token, options),
    status: () => following.status(),
    deadLetters: createDeadLetterOffice(store, {
      find: (name) => void following.find(name),
      retry: async (name, position, actor) => {
        const reaction = reactions.get(name)!; // `find` came first
        const letter = await firstOfItsKey(store, name, position);
        if (!letter) return false;
        await react(reaction, letter);
        return store.closeDeadLetter(
          name,
          position,
          "retried",
          actor === undefined ? {} : { actor },
        );
      },
    }),
    onChange: (listener) => following.onChange(listener),
    [Symbol.asyncDispose]: stop,
  };
}

/** One event at a time, each followed by its checkpoint: as little as possible is repeated after a crash. */
async function carryOut(
  store: ProgressStore,
  reaction: Reaction,
  events: readonly RecordedEvent[],
  step: Step,
): Promise<void> {
  const keys = new Set(
    events.map((event) => reaction.keyOf(event)).filter((key) => key !== undefined),
  );
  const parked = new Set(await store.parkedKeys(reaction.name, [...keys]));
  let { from } = step;
  for (const event of events) {
    const key = reaction.keyOf(event);
    if (key === undefined) continue;
    if (!parked.has(key)) await react(reaction, event);
    const poison = parked.has(key)
      ? ({ event, error: "", attempts: 0, policy: "park" } as const)
      : undefined;
    const lease = step.lease && { ...step.lease, position: from };
    await store.advance(reaction, {
      from,
      to: event.position,
      ...(lease && { lease }),
      ...(poison && { poison }),
    });
    from = event.position;
  }
  if (from < step.to || step.poison) await store.advance(reaction, { ...step, from });
}

async function react(reaction: Reaction, event: RecordedEvent): Promise<void> {
  try {
    await reaction.react(event, { idempotencyKey: event.metadata.id });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReadModelError(
      "HANDLER_FAILED",
      `${reaction.name} failed on ${event.type} at position ${event.position}: ${why}`,
      { cause, details: { projection: reaction.name, event } },
    );
  }
}

/** @throws {ReadModelError} `OUT_OF_ORDER` when an older letter of its key has to come first. */
async function firstOfItsKey(
  store: ProgressStore,
  name: string,
  position: number,
): Promise<RecordedEvent | undefined> {
  const [letter] = await store.listDeadLetters(name, { after: position - 1, limit: 1 });
  if (letter?.position !== position) return undefined;
  const [first] = await store.listDeadLetters(name, { key: letter.key, limit: 1 });
  if (first && first.position < position && letter.reason !== "skipped") {
    throw new ReadModelError(
      "OUT_OF_ORDER",
      `Retry position ${first.position} of ${name} first: both are about ${letter.key}.`,
    );
  }
  return letter.event;
}

function streamOf({ stream }: RecordedEvent): string {
  return stream;
}
