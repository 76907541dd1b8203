import type {
  Projection,
  ProjectionSetup,
  Projector,
  ProjectorOptions,
} from "@counterpoint/read-model";
import type { breakable } from "./contracts/worker-bench.ts";
import { nth } from "./contracts/worker-bench.ts";
import type { ReadSideStore } from "./contracts/store-bench.ts";
import type { ManualTime } from "./manual-time.ts";
import { accounts, deposits } from "./sample-domain.ts";

/** One life: the store is behind the faults; `before` is not. */
export interface CrashPlay {
  readonly store: ReadSideStore;
  readonly time: ManualTime;
  readonly projection: Projection;
  projector(options?: Partial<ProjectorOptions>): Projector;
  /** Lets time pass until a promise has settled. */
  drive<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until the condition holds. */
  until(condition: () => Promise<boolean>): Promise<void>;
  /** Lets time pass until all that the log has is applied or set aside. */
  reach(): Promise<void>;
}

export interface CrashPlot {
  /** What is there before; never crashed. */
  readonly before: (play: CrashPlay) => Promise<void>;
  /** What is crashed. */
  readonly act: (play: CrashPlay) => Promise<void>;
  /** Which events fail while it is crashed; repaired afterwards. */
  readonly breaks?: Parameters<typeof breakable>[0];
  readonly inline?: boolean;
  /** Of the projection that takes the place of version 1 while it is crashed. Default: none does. */
  readonly version?: number;
}

export const LEASE_MS = 150;
const beside = { mode: "beside" } as const;

/** What is crashed, by name. */
export const CRASH_PLOTS: Readonly<Record<string, CrashPlot>> = {
  projecting: {
    before: ({ store }) => append(store, "a", "b", "a", "c", "b", "a"),
    async act(play) {
      const one = play.projector();
      await one.start();
      await play.reach();
      await one.stop();
    },
  },
  "projecting in partitions": {
    before: ({ store }) => append(store, "a", "b", "c", "d", "a"),
    async act(play) {
      const { projection } = play;
      const one = play.projector({ projections: [{ projection, partitions: 3, poison: "park" }] });
      await one.start();
      await play.reach();
      await one.stop();
    },
  },
  "rebuilding in place": {
    before: caughtUp("a", "b", "a", "c"),
    async act(play) {
      const one = play.projector();
      await one.start();
      await one.rebuild("accounts");
      await play.reach();
      await one.stop();
    },
  },
  "rebuilding beside": {
    before: caughtUp("a", "b", "a", "c", "b"),
    async act(play) {
      const one = play.projector();
      await one.start();
      await play.drive(one.rebuild("accounts", beside));
      await one.stop();
    },
  },
  "rebuilding an inline read model beside": {
    inline: true,
    before: ({ store }) => append(store, "a", "b", "a", "c", "b"),
    async act(play) {
      const one = play.projector({ projections: [], inline: [play.projection] });
      await one.start();
      await play.drive(one.rebuild("accounts", beside));
      await one.stop();
    },
  },
  "building a new version beside": {
    version: 2,
    before: caughtUp("a", "b", "a", "c", "b"),
    async act(play) {
      const { projection, store } = play;
      const setup = { projection: { ...projection, version: 2 }, partitions: 2, poison: "park" };
      const one = play.projector({ projections: [setup as ProjectionSetup] });
      await one.start();
      await play.until(async () => (await store.loadProgress(accounts)).length === 2);
      await play.reach();
      await one.stop();
    },
  },
  parking: {
    before: ({ store }) => append(store, "a", "b", "a", "c", "a"),
    breaks: nth("a", 1),
    async act(play) {
      const one = play.projector();
      await one.start();
      await play.reach();
      await one.stop();
    },
  },
  "retrying dead letters": {
    async before(play) {
      await append(play.store, "a", "b", "a", "b", "a");
      const one = play.projector();
      await one.start();
      await play.reach();
      await one.stop();
    },
    breaks: nth("a", 1),
    async act({ projector, projection }) {
      const repaired = { ...projection, apply: accounts.apply } as Projection;
      const one = projector({ projections: [{ projection: repaired, poison: "park" }] });
      const { position } = (await one.deadLetters.list("accounts"))[0]!; // `before` has parked
      await one.deadLetters.retry("accounts", position, { actor: "ada" });
      await one.deadLetters.retryAll("accounts");
    },
  },
  "taking over a lease": {
    async before({ store, projection }) {
      await append(store, "a", "b", "a", "c", "b", "a");
      await store.prepare(projection);
      await store.acquire(projection, { partition: 0, owner: "the dead", leaseMs: LEASE_MS });
    },
    async act(play) {
      const one = play.projector();
      await one.start();
      await play.reach();
      await one.stop();
    },
  },
  "dividing the keys anew": {
    async before(play) {
      const { projection, store } = play;
      const one = play.projector({ projections: [{ projection, partitions: 2 }] });
      await one.start();
      await append(store, "a", "b", "c");
      await play.reach();
      await one.stop();
      await append(store, "d", "a", "e");
    },
    async act(play) {
      const { projection } = play;
      for (const partitions of [3, 1]) {
        const one = play.projector({ projections: [{ projection, partitions }] });
        await one.start();
        await play.reach();
        await one.stop();
      }
    },
  },
};

/** Appends one deposit for each account named. */
export async function append(store: ReadSideStore, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await store.append({ stream: `account-${name}`, events: deposits(name, 1) });
  }
}

function caughtUp(...names: readonly string[]): (play: CrashPlay) => Promise<void> {
  return async (play) => {
    await append(play.store, ...names);
    const one = play.projector();
    await one.start();
    await play.reach();
    await play.drive(one.stop());
  };
}
