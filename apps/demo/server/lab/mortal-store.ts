import type { EventLog, Scheduler } from "@counterpoint/events";
import type { Lease, ProjectionBatch, ProjectionStore } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { Crash, Faults } from "./faults.ts";

export type ProjectorStore = ProjectionStore & EventLog;

/** Who hears of what happens between one worker and its store. */
export interface Witness {
  /** The worker has died on a batch, before or after the store had committed it. */
  crashed(batch: ProjectionBatch, when: Exclude<Crash, "never">): void;
  /** The store has committed a batch, whether or not anybody lived to hear of it. */
  applied(batch: ProjectionBatch): void;
  /** The store was given a batch a second time, and has refused it or not. */
  deliveredTwice(batch: ProjectionBatch, isRefused: boolean): void;
  wakeUp(fate: "late" | "dropped"): void;
  /** The worker has taken the lease. */
  leads(lease: Lease): void;
}

interface MortalStoreOptions {
  readonly faults: Faults;
  readonly witness: Witness;
  readonly scheduler: Scheduler;
}

/** The connection of one worker to the store that all share. */
export interface MortalStore {
  readonly store: ProjectorStore;
  /** Ends the worker as `kill -9` would: nothing that it asks for is done or answered any more, its lease is not given back. */
  die(): void;
}

const LATE_MS = 400;

/** Stands between one worker and the store, and does what the faults say. The store itself knows nothing of it. */
export function createMortalStore(
  store: ProjectorStore,
  { faults, witness, scheduler }: MortalStoreOptions,
): MortalStore {
  let isDead = false;
  const hints = new Set<Disposable>();
  let late: (() => void)[] = [];

  const own: Partial<ProjectorStore> = {
    onAppend: listen,
    async applyBatch(batch) {
      const paceMs = faults.paceMs(batch);
      if (paceMs > 0) await pause(paceMs);
      const crash = isDead ? "never" : crashOn(batch);
      if (crash === "before") crashed(batch, crash);
      if (isDead) return silence();
      const outcome = await settled(() => deliver(batch));
      if (crash === "after") crashed(batch, crash);
      outcome();
    },
    async acquire(follower, request) {
      const lease = await store.acquire(follower, request);
      if (lease && !isDead) witness.leads(lease);
      return lease;
    },
  };

  return {
    store: new Proxy(store, {
      get(target, property) {
        const member: unknown = Reflect.get(own, property) ?? Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        const call = (args: readonly unknown[]): unknown => Reflect.apply(member, target, args);
        if (property === "onAppend" || property === "readModel") {
          return (...args: readonly unknown[]) => call(args);
        }
        return (...args: readonly unknown[]) => answer(() => call(args));
      },
    }),
    die,
  };

  /** The dead hear no answers: what they began may be done, but they never learn of it. */
  async function answer(work: () => unknown): Promise<unknown> {
    if (isDead) return silence();
    const outcome = await settled(work);
    return isDead ? silence() : outcome();
  }

  async function deliver(batch: ProjectionBatch): Promise<void> {
    await store.applyBatch(batch);
    witness.applied(batch);
    if (!faults.duplicates) return;
    const again = await settled(() => store.applyBatch(batch));
    try {
      again();
      witness.deliveredTwice(batch, false);
      witness.applied(batch);
    } catch (error) {
      const isRefusal =
        isReadModelError(error, "CHECKPOINT_MOVED") || isReadModelError(error, "FENCED");
      if (isRefusal) witness.deliveredTwice(batch, true); // anything else: it never came to the store
    }
  }

  /** A crash happens once: whoever comes next lives. */
  function crashOn({ events }: ProjectionBatch): Crash {
    if (events.length === 0) return "never";
    const { crash } = faults;
    faults.crash = "never";
    return crash;
  }

  function crashed(batch: ProjectionBatch, when: Exclude<Crash, "never">): void {
    if (isDead) return;
    die();
    witness.crashed(batch, when);
  }

  function die(): void {
    isDead = true;
    for (const hint of hints) hint[Symbol.dispose]();
    hints.clear();
    late = [];
  }

  function listen(listener: () => void): Disposable {
    const hint = store.onAppend(() => {
      switch (faults.wakeUps) {
        case "on time":
          return listener();
        case "dropped":
          return witness.wakeUp("dropped");
        case "late":
          if (late.length === 0) scheduler.after(LATE_MS, release);
          late.unshift(listener); // the last one first
          return witness.wakeUp("late");
      }
    });
    const disposable = {
      [Symbol.dispose]: () => {
        hint[Symbol.dispose]();
        hints.delete(disposable);
      },
    };
    hints.add(disposable);
    return disposable;
  }

  function release(): void {
    const due = late;
    late = [];
    for (const listener of due) listener();
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => void scheduler.after(ms, resolve));
  }
}

function silence(): Promise<never> {
  return new Promise(() => {});
}

async function settled<T>(work: () => T): Promise<() => Awaited<T>> {
  try {
    const result = await work();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
