import type { RecordedEvent } from "@counterpoint/events";
import type {
  FollowerStatus,
  Projection,
  Projector,
  ProjectorOptions,
  Reactor,
  ReactorOptions,
} from "@counterpoint/read-model";
import { createProjector, createReactor } from "@counterpoint/read-model";
import type { CaseSetup, OpenOptions } from "../contract-case.ts";
import type { FaultPlan } from "../faults.ts";
import { withFaults } from "../faults.ts";
import type { ManualTime } from "../manual-time.ts";
import { deepEqual } from "../node.ts";
import { accounts, deposits } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { inStep } from "./in-step.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore } from "./store-bench.ts";

/** So long that no run of a test comes near, however fast its time goes. */
export const FOREVER_MS = 1e12;

/** A projector or reactor in a process of its own, which can die. */
export type Worker<TRunner> = TRunner & {
  /** Kills the process: none of its calls is answered any more, and none is made. */
  kill(): void;
  /** Freezes the process at its next call of the store, until it is thawed. */
  freeze(): void;
  thaw(): void;
};

export interface WorkerOptions {
  /** What else goes wrong between this worker and the store. */
  readonly plan?: FaultPlan;
  /** Which answers come late: the work is done at once, and the worker hears of it when the promise has settled. */
  readonly late?: (method: string) => Promise<unknown> | undefined;
}

/** What a case about many workers works with; time stands still unless it moves it. */
export interface WorkerBench {
  readonly store: ReadSideStore;
  readonly time: ManualTime;
  /** Makes a projector in a process of its own, by default of `accounts` alone; stopped at the end unless it was killed. */
  projector(options?: Partial<ProjectorOptions>, more?: WorkerOptions): Promise<Worker<Projector>>;
  reactor(options: ReactorOptions, more?: WorkerOptions): Promise<Worker<Reactor>>;
  /** Appends one deposit for each account named. @returns The token. */
  deposit(...accounts: readonly string[]): Promise<string>;
  /** Waits until a worker knows that a token is reached. */
  reach(worker: Projector | Reactor, token: string): Promise<void>;
  /** Waits until a projector's follower is in a state. @returns Its status then. */
  until(projector: Projector, state: FollowerStatus["state"]): Promise<FollowerStatus>;
  /** Asserts that a read model is the fold of the whole log. */
  folded(projection?: Projection): Promise<void>;
}

export const LEASE_MS = 600;

/** Sets up a case with time of its own, and stops its workers at the end. */
export function workers(
  play: (on: WorkerBench) => Promise<void>,
  options: OpenOptions = {},
): CaseSetup<ReadSideStore> {
  return {
    prepare() {
      const { time, watch, follow } = inStep();
      return [
        { ...options, clock: time },
        async (right, opened) => {
          follow(opened);
          const store = watch(right);
          const alive = new Set<Projector | Reactor>();
          const process = async <TRunner extends Projector | Reactor>(
            run: (store: ReadSideStore) => TRunner,
            { plan, late = () => undefined }: WorkerOptions = {},
          ): Promise<Worker<TRunner>> => {
            let isDead = false;
            let frozen: Promise<void> | undefined;
            let thaw = (): void => {};
            const own = watch((await opened.another?.()) ?? right);
            const fate: FaultPlan = (call) => {
              if (isDead) return { kind: "crash", when: "before" };
              return frozen ? { kind: "delay", until: frozen } : plan?.(call);
            };
            const faulty = withFaults(answeringLate(own, late), fate, { scheduler: time });
            const runner = run(faulty.store);
            alive.add(runner);
            return Object.assign(runner, {
              kill() {
                isDead = true;
                alive.delete(runner);
              },
              freeze() {
                frozen = new Promise((resolve) => {
                  thaw = () => {
                    frozen = undefined;
                    resolve();
                  };
                });
              },
              thaw: () => thaw(),
            });
          };
          const defaults = { clock: time, scheduler: time, leaseMs: LEASE_MS };
          try {
            await play({
              store,
              time,
              projector: (options = {}, more) =>
                process(
                  (store) =>
                    createProjector(store, { ...defaults, projections: [accounts], ...options }),
                  more,
                ),
              reactor: (options, more) =>
                process((store) => createReactor(store, { ...defaults, ...options }), more),
              async deposit(...names) {
                let token = "";
                for (const name of names) {
                  const append = { stream: `account-${name}`, events: deposits(name, 1) };
                  ({ token } = await store.append(append));
                }
                return token;
              },
              reach: (worker, token) =>
                time.drive(worker.waitFor(token, { timeoutMs: FOREVER_MS })),
              async until(projector, state) {
                let status: FollowerStatus | undefined;
                await time.until(async () => {
                  [status] = (await projector.status()).projections;
                  return status?.state === state;
                });
                return status!; // there is one when it is in a state
              },
              async folded(projection = accounts as Projection) {
                const events = await readAll(store, 1_000);
                deepEqual(await documentsOf(store, projection), plainFold(projection, events));
              },
            });
          } finally {
            await time.drive(Promise.all([...alive].map((runner) => runner.stop())));
          }
        },
      ];
    },
  };
}

function answeringLate(
  store: ReadSideStore,
  late: NonNullable<WorkerOptions["late"]>,
): ReadSideStore {
  return new Proxy(store, {
    get(_, method) {
      const member: unknown = Reflect.get(store, method, store);
      if (typeof member !== "function" || typeof method === "symbol") return member;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, store, args);
        const until = result instanceof Promise ? late(method) : undefined;
        return until ? until.then(() => result) : result;
      };
    },
  });
}

/** Something that a test lets go on. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

/** Fails on the events that it is told to, for as long as it is told to. */
export interface Breakable {
  readonly projection: Projection;
  /** How often each position was tried. */
  readonly tries: Map<number, number>;
  breaks: (event: RecordedEvent) => boolean;
}

/** Makes `accounts` fail where it is told to. */
export function breakable(breaks: (event: RecordedEvent) => boolean): Breakable {
  const tries = new Map<number, number>();
  const made: Breakable = {
    tries,
    breaks,
    projection: {
      ...accounts,
      apply(row, event) {
        tries.set(event.position, (tries.get(event.position) ?? 0) + 1);
        if (made.breaks(event)) throw new Error("out of ink");
        return accounts.apply(row as never, event); // rows of accounts
      },
      as: (name) => ({ ...made.projection, name }),
    },
  };
  return made;
}

/** Tells the deposit of an account that came as its nth. */
export function nth(account: string, version: number): (event: RecordedEvent) => boolean {
  return (event) => event.stream === `account-${account}` && event.version === version;
}
