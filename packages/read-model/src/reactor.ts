import type { AnyEventContract, MessageOf } from "@counterpoint/bus";
import type { ConsistencyToken, EventLog, Recorded, RecordedEvent } from "@counterpoint/events";
import { assertOptions } from "@counterpoint/events";
import type { DeadLetterOffice } from "./dead-letter-office.ts";
import { createDeadLetterOffice } from "./dead-letter-office.ts";
import { carryOut, react } from "./carry-out.ts";
import { assertName } from "./columns.ts";
import type { Follower } from "./follower.ts";
import type { FollowerOptions, FollowingOptions, WaitForOptions } from "./following.ts";
import { FOLLOWING_OPTIONS, Following, assertList } from "./following.ts";
import type { FollowerStatus } from "./follower-status.ts";
import type { DeadLetter } from "./dead-letters.ts";
import { assertReadable, outOfOrder } from "./dead-letters.ts";
import type { Beginning, ProgressStore } from "./progress-store.ts";
import { createTurns } from "./turns.ts";

const PAGE = 100;

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
 * At least once: after a crash the event under way is handled again, with the same `idempotencyKey`. An `EventBus`
 * subscriber, by contrast, lives in this process, is called after the commit at most once, and hears nothing of what
 * happened while the process was down.
 *
 * @param name - Names its checkpoint: `[a-z_][a-z0-9_]*`, at most 63 characters.
 * @throws {TypeError} When a name or a function is missing or unusable.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { reaction } from "@counterpoint/read-model";
 * import { recorded } from "@counterpoint/testing";
 *
 * const UserRegistered = event("UserRegistered", { payload: type<{ email: string }>() });
 * const welcome = reaction("welcome_mail", {
 *   events: [UserRegistered],
 *   on: {
 *     UserRegistered: ({ payload }, { idempotencyKey }) => {
 *       console.log("mail to", payload.email, idempotencyKey); // => mail to ada@example.org event-1
 *     },
 *   },
 * });
 * const registered = recorded(UserRegistered({ email: "ada@example.org" }));
 * await welcome.react(registered, { idempotencyKey: "event-1" });
 * ```
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
  /**
   * Where to begin when the store has not met it before: `"start"` reacts to the whole log (default), `"now"` to what is
   * appended from now on. Afterwards its checkpoint counts.
   */
  readonly from?: Beginning;
}

export interface ReactorOptions extends FollowingOptions {
  readonly reactions: readonly (Reaction | ReactionSetup)[];
}

/** Follows the log and has reactions carried out, at least once, in order per key, by one worker at a time. */
export interface Reactor extends AsyncDisposable {
  /** Begins to follow. Repeating it changes nothing. */
  start(): Promise<void>;
  /** Ends after the event under way; those who wait are rejected with `NOT_RUNNING`. It can be started again. */
  stop(): Promise<void>;
  /** Holds one reaction, or all, after the event under way, as `Projector.pause` does. */
  pause(name?: string): void;
  /** Lets one reaction, or all, go on from the checkpoint; a stopped one tries the failed event again, in every process. */
  resume(name?: string): Promise<void>;
  /** Waits until everything up to the token was reacted to or set aside. Throws as `Projector.waitFor` does. */
  waitFor(token: ConsistencyToken, options?: WaitForOptions): Promise<void>;
  /** Reads how far everything is. Fails when the store does. */
  status(): Promise<readonly FollowerStatus[]>;
  /** What could not be reacted to, and what to do about it. A retry may be repeated, like any reaction. */
  readonly deadLetters: DeadLetterOffice;
  /** Calls the listener after each step and each change of state. What it throws goes to `onListenerError`. */
  onChange(listener: () => void): Disposable;
}

/**
 * Makes a reactor over any store.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When an option is unknown, `reactions` is no list, or two reactions have the same name.
 */
export function createReactor(store: ProgressStore & EventLog, options: ReactorOptions): Reactor {
  assertOptions("createReactor", options, KNOWN);
  assertList("createReactor", "reactions", options.reactions);
  const setups = options.reactions.map((given) =>
    "reaction" in given ? given : { reaction: given },
  );
  const following = new Following(
    store,
    setups.map(({ reaction, from = "start", ...followerOptions }: ReactionSetup) => ({
      follower: reaction,
      options: followerOptions,
      from,
      handle: (stretch) => carryOut(store, reaction, stretch),
    })),
    { ...options, what: "reactions" },
  );
  const reactions = new Map(setups.map(({ reaction }) => [reaction.name, reaction]));
  const inTurn = createTurns();
  const stop = (): Promise<void> => inTurn(() => following.stop());
  return {
    start: () => inTurn(() => following.start()),
    stop,
    pause: (name) => following.pause(name),
    resume: (name) => following.resume(name),
    waitFor: (token, options = {}) => following.waitFor(token, options),
    status: () => following.status(),
    deadLetters: createDeadLetterOffice(store, {
      find: (name) => void following.find(name),
      retry: async (name, position, order) => {
        const letter = await nextLetter(store, name, position);
        if (!letter) return false;
        assertReadable(letter);
        await react(reactions.get(name)!, letter.event); // `find` came first
        await store.closeDeadLetter(name, position, "retried", order);
        return true;
      },
    }),
    onChange: (listener) => following.onChange(listener),
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Finds a letter that can be retried.
 *
 * @throws {ReadModelError} `OUT_OF_ORDER` when an older letter of its key has to come first.
 */
async function nextLetter(
  store: ProgressStore,
  name: string,
  position: number,
): Promise<DeadLetter | undefined> {
  const [letter] = await store.listDeadLetters(name, { after: position - 1, limit: 1 });
  if (letter?.position !== position) return undefined;
  if (letter.reason === "skipped") return letter;
  const { key } = letter;
  for (let after = 0; ;) {
    const older = await store.listDeadLetters(name, { key, after, limit: PAGE });
    const first = older.find(({ reason }) => reason !== "skipped") ?? older.at(-1);
    if (!first || first.position >= position) return letter;
    if (first.reason !== "skipped") throw outOfOrder(name, first.position, key);
    after = first.position;
  }
}

function streamOf({ stream }: RecordedEvent): string {
  return stream;
}

const KNOWN: Readonly<Record<keyof ReactorOptions, true>> = {
  ...FOLLOWING_OPTIONS,
  reactions: true,
};
