import type { Projection } from "@counterpoint/read-model";
import { createProjector, partitionOf, replacementOf } from "@counterpoint/read-model";
import type { OpenStore } from "./contract-case.ts";
import { documentsOf, plainFold } from "./contracts/follow.ts";
import { inStep } from "./contracts/in-step.ts";
import { readAll } from "./contracts/log.ts";
import type { ReadSideStore } from "./contracts/store-bench.ts";
import type { Breakable } from "./contracts/worker-bench.ts";
import { breakable } from "./contracts/worker-bench.ts";
import type { CrashSweepReport } from "./crash-sweep.ts";
import type { CrashPlay, CrashPlot } from "./crash-plots.ts";
import { CRASH_PLOTS, LEASE_MS, append } from "./crash-plots.ts";
import { crashSweep } from "./crash-sweep.ts";
import type { ManualTime } from "./manual-time.ts";
import type { Plant } from "./planted.ts";
import { deepEqual, equal } from "./node.ts";
import { accounts } from "./sample-domain.ts";

/** Something that a projector does, crashed at every call that it makes. */
export interface CrashScenario {
  readonly name: string;
  /** Crashes it everywhere. @throws {Error} Where the invariant does not hold, naming the crash point. */
  sweep(): Promise<CrashSweepReport>;
}

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
  return Object.entries(CRASH_PLOTS).map(([name, scenario]) => ({
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
  { before, act, breaks = () => false, inline = false, version = 1 }: CrashPlot,
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
      const projection: Projection = { ...next.broken.projection, version };
      const setup = { projection, poison: "park", retries: 1 } as const;
      const one = play.projector(
        inline ? { projections: [], inline: [projection] } : { projections: [setup] },
      );
      await play.drive(one.start());
      await append(store, "a");
      if (!inline) await play.reach();
      await play.time.until(async () => !(await isBuilding(store, version)));
      if (!inline) await one.deadLetters.retryAll("accounts");
      await play.drive(one.stop());
    },
    async invariant(store) {
      deepEqual(
        await documentsOf(store, accounts),
        plainFold(accounts, await readAll(store, 1_000)),
      );
      equal(await isBuilding(store, version), false, "no rebuild is left over");
      equal(await store.countDeadLetters("accounts"), 0);
    },
  });
}

/** @param store - The one behind which things may go wrong. */
function playOf(life: Life, store: ReadSideStore): CrashPlay {
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
    until: alive,
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

/** Tells whether a read model is to be replaced, or is kept in another version than it should be. */
async function isBuilding(store: ReadSideStore, version: number): Promise<boolean> {
  const wanted = { ...(accounts as Projection), version };
  const kept = (await store.loadProgress(wanted))[0]?.version ?? version;
  return kept !== version || (await store.loadProgress(replacementOf(wanted))).length > 0;
}
