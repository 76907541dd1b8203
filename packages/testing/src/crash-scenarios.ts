import type { Projection, Projector, ProjectorOptions } from "@counterpoint/read-model";
import { createProjector, partitionOf } from "@counterpoint/read-model";
import type { OpenStore } from "./contract-case.ts";
import { documentsOf, plainFold } from "./contracts/follow.ts";
import { inStep } from "./contracts/in-step.ts";
import { readAll } from "./contracts/log.ts";
import type { ReadSideStore } from "./contracts/store-bench.ts";
import type { Breakable } from "./contracts/worker-bench.ts";
import { breakable, nth } from "./contracts/worker-bench.ts";
import type { CrashSweepReport } from "./crash-sweep.ts";
import { crashSweep } from "./crash-sweep.ts";
import type { ManualTime } from "./manual-time.ts";
import type { Plant } from "./planted.ts";
import { deepEqual, equal } from "./node.ts";
import { accounts, deposits } from "./sample-domain.ts";

/** Something that a projector does, crashed at every call that it makes. */
export interface CrashScenario {
  readonly name: string;
  /** Crashes it everywhere. @throws {Error} Where the invariant does not hold, naming the crash point. */
  sweep(): Promise<CrashSweepReport>;
}

/** One life: the store is behind the faults; `before` is not. */
interface Play {
  readonly store: ReadSideStore;
  readonly time: ManualTime;
  readonly projection: Projection;
  projector(options?: Partial<ProjectorOptions>): Projector;
  /** Lets time pass until a promise has settled. */
  drive<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until all that the log has is applied or set aside. */
  reach(): Promise<void>;
}

interface Scenario {
  /** What is there before; never crashed. */
  readonly before: (play: Play) => Promise<void>;
  /** What is crashed. */
  readonly act: (play: Play) => Promise<void>;
  /** Which events fail while it is crashed; repaired afterwards. */
  readonly breaks?: Parameters<typeof breakable>[0];
  readonly inline?: boolean;
}

const LEASE_MS = 150;
const beside = { mode: "beside" } as const;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
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

/**
 * Lists what is to be crashed at every call of the store, for `it(name, () => sweep())`.
 *
 * After each crash, the view is the fold of the log up to the checkpoint without what dead letters say; and once another
 * worker has taken over and letters are retried, the fold of the log.
 *
 * @param open - Opens a fresh, empty store for each crash.
 * @param tear - Does in several calls what has to be one, to prove that the sweep notices. Default: nothing.
 */
export function crashScenarios(
  open: OpenStore<ReadSideStore>,
  tear: Plant<ReadSideStore> = () => ({}),
): readonly CrashScenario[] {
  return Object.entries(SCENARIOS).map(([name, scenario]) => ({
    name,
    sweep: () => sweep(open, tear, scenario),
  }));
}

/** The same store with some of its methods replaced. */
function withMethods(store: ReadSideStore, methods: Partial<ReadSideStore>): ReadSideStore {
  return new Proxy(store, {
    get: (_, name) => Reflect.get(name in methods ? methods : store, name) as unknown,
  });
}

/** What belongs to one run of a scenario, from its opening to its end. */
interface Life {
  readonly store: ReadSideStore;
  readonly time: ManualTime;
  readonly broken: Breakable;
  /** The process of the scenario is dead: it lets no time pass any more. */
  isOver: boolean;
}

async function sweep(
  open: OpenStore<ReadSideStore>,
  tear: Plant<ReadSideStore>,
  { before, act, breaks = () => false, inline = false }: Scenario,
): Promise<CrashSweepReport> {
  let life: Life | undefined;
  return crashSweep<ReadSideStore>({
    async open() {
      const { time, follow, watch } = inStep({ isSerial: true });
      const opened = await open({ clock: time, ...(inline && { inline: [accounts] }) });
      follow(opened);
      const store = watch(opened.store);
      life = { store, time, broken: breakable(breaks), isOver: false };
      await before(playOf(life, store));
      return { store, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
    scenario: (store) => act(playOf(life!, withMethods(store, tear(store, {})))), // opened before
    async restart(store) {
      life!.isOver = true; // opened before
      await life!.time.settle(); // what the dead have left under way may still be done
      if (!inline) await assertConsistent(store);
      const next = { ...life!, isOver: false };
      next.broken.breaks = () => false;
      const play = playOf(next, store);
      const { projection } = next.broken;
      const one = play.projector(inline ? { projections: [], inline: [projection] } : {});
      await play.drive(one.start());
      await append(store, "a");
      if (!inline) await play.reach();
      await play.time.until(
        async () => (await store.loadProgress({ name: "accounts__next1" })).length === 0,
      );
      if (!inline) await one.deadLetters.retryAll("accounts");
      await play.drive(one.stop());
    },
    async invariant(store) {
      deepEqual(
        await documentsOf(store, accounts),
        plainFold(accounts, await readAll(store, 1_000)),
      );
      deepEqual(
        await store.loadProgress({ name: "accounts__next1" }),
        [],
        "no rebuild is left over",
      );
      equal(await store.countDeadLetters("accounts"), 0);
    },
  });
}

/** @param store - The one behind which things may go wrong. */
function playOf(life: Life, store: ReadSideStore): Play {
  const { time } = life;
  const { projection } = life.broken;
  return {
    ...{ store, time, projection },
    projector: (options = {}) =>
      createProjector(store, {
        projections: [{ projection, poison: "park", retries: 1 }],
        ...{ clock: time, scheduler: time, leaseMs: LEASE_MS, batchSize: 2 },
        ...options,
      }),
    async drive(promise) {
      let isSettled = false;
      const note = (): void => void (isSettled = true);
      promise.then(note, note);
      await alive(() => isSettled);
      return promise;
    },
    async reach() {
      const head = await life.store.head();
      await alive(async () => {
        const progress = await life.store.loadProgress(accounts);
        return progress.length > 0 && progress.every(({ position }) => position >= head);
      });
    },
  };

  /** Lets time pass until the condition holds, or for as long as the process lives. */
  async function alive(condition: () => boolean | Promise<boolean>): Promise<void> {
    await time.until(async () => life.isOver || condition());
    if (life.isOver) await new Promise<never>(() => {});
  }
}

/** The law at the moment of the crash: the view agrees with checkpoints and letters. */
async function assertConsistent(store: ReadSideStore): Promise<void> {
  const progress = await store.loadProgress(accounts);
  const letters = await store.listDeadLetters("accounts");
  const missing = new Set(letters.map(({ position }) => position));
  const events = await readAll(store, 1_000);
  const due = events.filter((event) => {
    const key = accounts.keyOf(event)!; // deposits have one
    const reached = progress[partitionOf(key, progress.length)]?.position ?? 0;
    return event.position <= reached && !missing.has(event.position);
  });
  deepEqual(await documentsOf(store, accounts), plainFold(accounts, due));
}

async function append(store: ReadSideStore, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await store.append({ stream: `account-${name}`, events: deposits(name, 1) });
  }
}

function caughtUp(...names: readonly string[]): (play: Play) => Promise<void> {
  return async (play) => {
    await append(play.store, ...names);
    const one = play.projector();
    await one.start();
    await play.reach();
    await play.drive(one.stop());
  };
}
