import type { ConsistencyToken, EventLog } from "@counterpoint/events";
import { assertOptions } from "@counterpoint/events";
import type { DeadLetterOffice } from "./dead-letter-office.ts";
import { createDeadLetterOffice } from "./dead-letter-office.ts";
import type { FollowerOptions, FollowingOptions, WaitForOptions } from "./following.ts";
import { FOLLOWING_OPTIONS, Following, assertList } from "./following.ts";
import type { FollowerStatus } from "./follower-status.ts";
import type { ProjectionStore } from "./projection-store.ts";
import type { Projection } from "./projection.ts";
import { ReadModelError } from "./read-model-error.ts";
import type { RebuildProgress } from "./rebuild.ts";
import { Rebuilds, assertNoReplacement } from "./rebuild.ts";
import { createTurns } from "./turns.ts";

/** A projection with its own way to be run. */
export interface ProjectionSetup extends FollowerOptions {
  readonly projection: Projection;
}

export interface ProjectorOptions extends FollowingOptions {
  /** What to keep up to date; each name once. */
  readonly projections: readonly (Projection | ProjectionSetup)[];
  /** The store's inline projections, for `rebuild` to know them. Default: none. */
  readonly inline?: readonly Projection[];
}

export interface ProjectorStatus {
  /** The highest position that readers may see. */
  readonly head: number;
  readonly delayMs: number;
  readonly projections: readonly FollowerStatus[];
  readonly rebuilds: readonly RebuildProgress[];
}

export interface RebuildOptions {
  /**
   * - `"in place"` (default): empties the read model and replays the log into it; readers see it grow. Waits at other workers
   *   may still go by the old checkpoint for a third of `leaseMs`.
   * - `"beside"`: builds a new one while the old one answers, and swaps them in one transaction. The only way for an inline
   *   read model; there, an event that cannot be applied ends the rebuild.
   */
  readonly mode?: "in place" | "beside";
}

/**
 * Follows the log and keeps eventually consistent read models up to date.
 *
 * - Documents and checkpoint are stored together, so each event takes effect exactly once, whatever crashes when.
 * - Any number of processes may run the same projector: one at a time works on a partition, under a lease, and another
 *   takes over when it dies. One that wakes up too late is fenced off and cannot write.
 * - An event that cannot be applied stops, parks or is skipped, as `poison` says; always visibly.
 * - A store that fails is tried again.
 * - A projection whose version is higher than the store's is built beside while the old one answers, by whichever process
 *   has it, and then takes its place. Processes of the old version cannot write from then on, and say so: `stopped`.
 */
export interface Projector extends AsyncDisposable {
  /**
   * Begins to follow, builds new versions beside, and goes on with rebuilds beside whose worker has died or stopped, now or
   * later. Repeating it changes nothing.
   */
  start(): Promise<void>;
  /** Ends after the steps under way; those who wait are rejected with `NOT_RUNNING`. It can be started again. */
  stop(): Promise<void>;
  /**
   * Holds one projection, or all, after the step under way. Partitions that this process works on stay its own, so that
   * nobody goes on with them; those that another works on go on, and are not taken over from here.
   */
  pause(name?: string): void;
  /** Lets one projection, or all, go on from the checkpoint; a stopped one tries the failed event again, in every process. */
  resume(name?: string): Promise<void>;
  /** Changes `delayMs` while running. */
  setDelay(delayMs: number): void;
  /**
   * Waits until the read models are at least as fresh as the token, whichever process works on them. Never waits for the
   * head of the log.
   *
   * @throws {ReadModelError} `STALE` with the lag when it takes too long; `PROJECTION_STOPPED`; `NOT_RUNNING`; `ABORTED`;
   *   `TOO_MANY_WAITERS`; `UNKNOWN_PROJECTION`.
   * @throws {EventStoreError} `INVALID_TOKEN`.
   */
  waitFor(token: ConsistencyToken, options?: WaitForOptions): Promise<void>;
  /** Reads how far everything is. Fails when the store does. */
  status(): Promise<ProjectorStatus>;
  /**
   * Builds a read model anew from the log. Survives a crash and goes on from its checkpoint. Replays touch documents
   * alone: reactions are not told anything twice.
   *
   * @returns A promise that resolves, in place, when the read model is emptied and the replay has begun (watch `status`);
   *   beside, when the new one answers.
   * @throws {ReadModelError} `UNKNOWN_PROJECTION`; `NOT_RUNNING`, also when it is stopped before the end: another worker
   *   goes on with it; `UNAVAILABLE` when it is being emptied or rebuilt beside already, by whichever worker; `PROJECTION_STOPPED` when an
   *   event cannot be applied beside: the old one answers on, and the next rebuild begins from the start.
   * @throws {TypeError} When an inline read model is to be rebuilt in place.
   */
  rebuild(name: string, options?: RebuildOptions): Promise<void>;
  /** What could not be applied, and what to do about it. */
  readonly deadLetters: DeadLetterOffice;
  /** Calls the listener after each step and each change of state. What it throws goes to `onListenerError`. */
  onChange(listener: () => void): Disposable;
}

/**
 * Makes a projector over any store.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When an option is unknown, `projections` is no list, two projections have the same name, or one has a name that ends with `__next` and a number.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { createProjector, projection } from "@counterpoint/read-model";
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
 * const store = createMemoryStore();
 * await using projector = createProjector(store, { projections: [seats] });
 * await projector.start();
 * const { token } = await store.append({
 *   stream: "show-1",
 *   events: [SeatReserved({ seat: "7", guest: "Ada" })],
 *   expectedVersion: "none",
 * });
 * await projector.waitFor(token, { timeoutMs: 5_000 });
 * await store.readModel(seats).get("7"); // => { seat: "7", guest: "Ada" }
 * ```
 */
export function createProjector(
  store: ProjectionStore & EventLog,
  options: ProjectorOptions,
): Projector {
  assertOptions("createProjector", options, KNOWN);
  assertList("createProjector", "projections", options.projections);
  const setups = options.projections.map(setupOf);
  const following = new Following(
    store,
    setups.map(({ projection, ...followerOptions }) => ({
      follower: projection,
      options: followerOptions,
      handle: async ({ events, step, reached }) => {
        await store.applyBatch({ ...step, projection, events });
        reached(step.to);
      },
    })),
    { ...options, what: "projections" },
  );
  const inline = (options.inline ?? []).map((projection): ProjectionSetup => ({ projection }));
  const all = new Map([...inline, ...setups].map((setup) => [setup.projection.name, setup]));
  for (const { projection } of all.values()) assertNoReplacement(projection);
  const rebuilds = new Rebuilds(store, following);
  const inTurn = createTurns();

  return {
    start: () => inTurn(start),
    stop: () => inTurn(stop),
    pause: (name) => following.pause(name),
    async resume(name) {
      const chosen = name === undefined ? [...all.values()] : [find(name)];
      await rebuilds.resume(chosen.map(({ projection }) => projection));
      await following.resume(name);
    },
    setDelay: (delayMs) => void (following.delayMs = delayMs),
    waitFor: (token, options = {}) => following.waitFor(token, options),
    async status() {
      const [head, statuses] = await Promise.all([store.head(), following.status()]);
      const projections = statuses.map((status): FollowerStatus => {
        const error = rebuilds.failureOf(status.name);
        return error === undefined ? status : { ...status, state: "stopped", error };
      });
      return { head, delayMs: following.delayMs, projections, rebuilds: rebuilds.progress() };
    },
    async rebuild(name, { mode = "in place" } = {}) {
      const { projection, ...options } = find(name);
      if (mode === "in place" && !following.has(name)) {
        throw new TypeError(`${name} is applied inline; rebuild it with { mode: "beside" }.`);
      }
      if (!following.isStarted) {
        throw new ReadModelError("NOT_RUNNING", `Start the projector before it rebuilds ${name}.`);
      }
      if (mode === "beside") await rebuilds.beside(projection, options);
      else await rebuilds.inPlace(projection);
    },
    deadLetters: createDeadLetterOffice(store, {
      find: (name) => void find(name),
      retry: (name, position, order) =>
        store.retryDeadLetter(find(name).projection, position, order),
    }),
    onChange: (listener) => following.onChange(listener),
    [Symbol.asyncDispose]: () => inTurn(stop),
  };

  async function start(): Promise<void> {
    await following.start();
    await rebuilds.adopt([...all.values()]);
  }

  async function stop(): Promise<void> {
    await rebuilds.stop();
    await following.stop();
  }

  function find(name: string): ProjectionSetup {
    const found = all.get(name);
    if (found) return found;
    throw new ReadModelError(
      "UNKNOWN_PROJECTION",
      `This projector has no projection ${name}; it has ${[...all.keys()].join(", ") || "none"}.`,
    );
  }
}

const KNOWN: Readonly<Record<keyof ProjectorOptions, true>> = {
  ...FOLLOWING_OPTIONS,
  ...{ projections: true, inline: true },
};

function setupOf(given: Projection | ProjectionSetup): ProjectionSetup {
  return "projection" in given ? given : { projection: given };
}
