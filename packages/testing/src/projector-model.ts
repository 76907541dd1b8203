import type { RecordedEvent } from "@counterpoint/events";
import type { Projection, Projector } from "@counterpoint/read-model";
import { createProjector, isReadModelError, partitionOf } from "@counterpoint/read-model";
import * as fc from "fast-check";
import type { ContractCase, OpenStore } from "./contract-case.ts";
import { documentsOf, plainFold } from "./contracts/follow.ts";
import { inStep } from "./contracts/in-step.ts";
import { readAll } from "./contracts/log.ts";
import type { ReadSideStore } from "./contracts/store-bench.ts";
import type { Fault } from "./faults.ts";
import { InjectedFault, withFaults } from "./faults.ts";
import type { ManualTime } from "./manual-time.ts";
import { deepEqual, equal, ok } from "./node.ts";
import { POISON, accounts, deposits } from "./sample-domain.ts";

type Policy = "stop" | "park" | "skip";

/** What the commands agree on before each is run. */
interface Model {
  /** How many workers there are. */
  workers: number;
}

interface ModelWorker {
  readonly projector: Projector;
  /** Those that it has begun and not ended. */
  readonly rebuilds: Set<Promise<void>>;
  kill(): void;
}

const LEASE_MS = 600;
const FAULTY: ReadonlySet<string> = new Set(["applyBatch", "acquire", "renew", "replace", "halt"]);
const ACCOUNTS = ["a", "b", "c", "d"] as const;

/** The system under test: workers over one store, and what has to be known to say what the view must be. */
class World {
  readonly store: ReadSideStore;
  readonly time: ManualTime;
  readonly policy: Policy;
  readonly workers: ModelWorker[] = [];
  /** Positions that were given up and not built anew since. */
  readonly discarded = new Set<number>();
  /** What goes wrong with the next calls, one after the other. */
  readonly faults: Fault[] = [];
  readonly wakeUps: Fault[] = [];
  /** What goes wrong with the next swaps of rebuilds. */
  readonly swaps: Fault[] = [];
  isBroken = false;
  readonly #projection: Projection;

  constructor(store: ReadSideStore, time: ManualTime, policy: Policy) {
    this.store = store;
    this.time = time;
    this.policy = policy;
    this.#projection = {
      ...accounts,
      apply: (row, event) => {
        if (this.isBroken && amountOf(event) === POISON) throw new Error("poisoned deposit");
        return accounts.apply(row as never, event); // rows of accounts
      },
      as: (name) => ({ ...this.#projection, name }),
    };
  }

  async start(partitions: number): Promise<void> {
    let isDead = false;
    const { time, policy } = this;
    const { store } = withFaults(this.#watched(), ({ method }) => {
      if (isDead) return { kind: "crash", when: "before" };
      if (method === "wake") return this.wakeUps.shift();
      if (method === "replace" && this.swaps.length > 0) return this.swaps.shift();
      return FAULTY.has(method) ? this.faults.shift() : undefined;
    });
    const projector = createProjector(store, {
      ...{ clock: time, scheduler: time, leaseMs: LEASE_MS, batchSize: 3, pollIntervalMs: 50 },
      projections: [{ projection: this.#projection, partitions, poison: policy, retries: 1 }],
    });
    this.workers.push({ projector, rebuilds: new Set(), kill: () => void (isDead = true) });
    for (let isStarted = false; !isStarted;) {
      isStarted = await time.drive(projector.start()).then(
        () => true,
        (error: unknown) => {
          if (error instanceof InjectedFault) return false; // as whoever starts it would
          throw error;
        },
      );
    }
  }

  take(index: number): ModelWorker {
    const [worker] = this.workers.splice(index % this.workers.length, 1);
    return worker!; // commands are run only while there is one
  }

  at(index: number): Projector {
    return this.workers[index % this.workers.length]!.projector; // commands are run only while there is one
  }

  rebuild(index: number, mode: "in place" | "beside"): void {
    const { projector, rebuilds } = this.workers[index % this.workers.length]!; // commands are run only while there is one
    const rebuild = projector.rebuild("accounts", { mode }).catch(tolerate);
    const ended = rebuild.finally(() => rebuilds.delete(ended));
    rebuilds.add(ended);
  }

  /** The law, at whichever moment: no event twice, none in the wrong order, none missing without a letter. */
  async check(): Promise<void> {
    const { progress, documents, letters, events } = await this.#snapshot();
    const missing = new Set([...letters.map(({ position }) => position), ...this.discarded]);
    const due = events.filter(({ payload, position }) => {
      const { account } = payload as { account: string };
      const reached = progress[partitionOf(account, progress.length)]?.position ?? 0;
      return position <= reached && !missing.has(position);
    });
    const expected = historiesOf(plainFold(accounts, due));
    const actual = historiesOf(documents);
    if (this.policy === "skip") deepEqual(sorted(actual), sorted(expected));
    else deepEqual(actual, expected);
    if (this.policy === "stop") equal(letters.length, 0);
  }

  /** Repairs everything and sees it through to the end. */
  async finish(): Promise<void> {
    this.isBroken = false;
    this.faults.length = 0;
    for (const { projector } of this.workers) projector.resume().catch(tolerate);
    for (const worker of this.workers.splice(1)) worker.kill();
    if (this.workers.length === 0) await this.start(1);
    const { time, store } = this;
    const projector = this.at(0);
    await projector.resume();
    const { token } = await store.append({ stream: "account-a", events: deposits("a", 1) });
    const head = await store.head();
    await time.until(async () => {
      const [status] = (await projector.status()).projections;
      if (status?.state === "stopped") await projector.resume();
      const progress = await store.loadProgress(accounts);
      return progress.every(({ position }) => position >= head);
    });
    await time.drive(projector.waitFor(token, { timeoutMs: 1e12 }));
    await time.drive(Promise.all(this.workers[0]!.rebuilds)); // there is one
    await time.until(async () => {
      const beside = await store.loadProgress({ name: "accounts__next1" }); // perhaps begun by the dead
      const { rebuilds } = await projector.status();
      return rebuilds.length === 0 && beside.every(({ halted }) => halted !== undefined);
    });
    await projector.deadLetters.retryAll("accounts");
    equal(await store.countDeadLetters("accounts"), 0, "every letter can be retried");
    await this.check();
    await time.drive(projector.rebuild("accounts", { mode: "beside" }));
    const events = await readAll(store, 1_000);
    deepEqual(await documentsOf(store, accounts), plainFold(accounts, events));
    await time.drive(projector.stop());
  }

  /** The store, and what it does to what was discarded. */
  #watched(): ReadSideStore {
    const { store, discarded } = this;
    return {
      ...store,
      async reset(projection) {
        await store.reset(projection);
        if (projection.name === "accounts") discarded.clear();
      },
      async replace(projection, replacement, lease) {
        const done = await store.replace(projection, replacement, lease);
        if (done) discarded.clear();
        return done;
      },
    };
  }

  /** Everything as of one moment: read again until nothing has moved meanwhile. */
  async #snapshot() {
    for (;;) {
      const before = await this.#marks();
      const documents = await documentsOf(this.store, accounts);
      const letters = await this.store.listDeadLetters("accounts", { limit: 10_000 });
      const events = await readAll(this.store, 1_000);
      const progress = await this.store.loadProgress(accounts);
      if (before === (await this.#marks())) return { progress, documents, letters, events };
    }
  }

  async #marks(): Promise<string> {
    const progress = await this.store.loadProgress(accounts);
    const acts = await this.store.listDeadLetterActs("accounts", { limit: 1_000_000 });
    return JSON.stringify([progress.map(({ position, epoch }) => [position, epoch]), acts.length]);
  }
}

type ModelCommand = fc.AsyncCommand<Model, World>;

/** Makes a command that is run while there are workers, and after which the law holds. */
function command(
  name: string,
  run: (world: World, model: Model) => Promise<unknown>,
  workers = 1,
): ModelCommand {
  return {
    check: (model) => model.workers >= workers,
    async run(model, world) {
      await run(world, model);
      await world.check();
      await world.time.settle();
      await world.check();
    },
    toString: () => name,
  };
}

function commands(): readonly fc.Arbitrary<ModelCommand>[] {
  const index = fc.nat({ max: 5 });
  const fault = fc.constantFrom<Fault>(
    { kind: "duplicate" },
    { kind: "fail" },
    { kind: "fail", when: "after" },
    { kind: "delay", ms: 100 },
    { kind: "delay", ms: LEASE_MS * 2 },
  );
  const wakeUp = fc.constantFrom<Fault>({ kind: "drop" }, { kind: "duplicate" });
  return [
    fc
      .record({
        account: fc.constantFrom(...ACCOUNTS),
        amounts: fc.array(fc.constantFrom(1, 2, POISON), { minLength: 1, maxLength: 5 }),
      })
      .map(({ account, amounts }) =>
        command(
          `append(${account}: ${amounts.join(" ")})`,
          ({ store }) =>
            store.append({ stream: `account-${account}`, events: deposits(account, ...amounts) }),
          0,
        ),
      ),
    fc
      .integer({ min: 1, max: 2_000 })
      .map((ms) => command(`pass(${ms} ms)`, ({ time }) => time.advance(ms), 0)),
    fc.integer({ min: 1, max: 4 }).map((partitions) =>
      command(
        `start(${partitions} partitions)`,
        async (world, model) => {
          await world.start(partitions);
          model.workers++;
        },
        0,
      ),
    ),
    index.map((n) =>
      command(`kill(${n})`, async (world, model) => {
        world.take(n).kill();
        model.workers--;
      }),
    ),
    fc.constant(
      command("kill the leader", async (world) => {
        for (const [index, { projector }] of world.workers.entries()) {
          const [status] = (await projector.status()).projections;
          if (status?.state !== "running") continue;
          world.take(index).kill();
          await world.start(2);
          return;
        }
      }),
    ),
    index.map((n) =>
      command(`stop(${n})`, async (world, model) => {
        await world.time.drive(world.take(n).projector.stop());
        model.workers--;
      }),
    ),
    index.map((n) => command(`pause(${n})`, async (world) => world.at(n).pause())),
    index.map((n) => command(`resume(${n})`, (world) => world.at(n).resume())),
    fc
      .array(fault, { minLength: 1, maxLength: 3 })
      .map((faults) =>
        command(
          `faults(${faults.map(({ kind }) => kind).join(" ")})`,
          async (world) => void world.faults.push(...faults),
          0,
        ),
      ),
    fc
      .array(wakeUp, { minLength: 1, maxLength: 4 })
      .map((faults) =>
        command(
          `wake-ups(${faults.map(({ kind }) => kind).join(" ")})`,
          async (world) => void world.wakeUps.push(...faults),
          0,
        ),
      ),
    index.map((n) =>
      command(`rebuild(${n}, in place)`, async (world) => world.rebuild(n, "in place")),
    ),
    fc.tuple(index, fc.boolean()).map(([n, isSlow]) =>
      command(`rebuild(${n}, beside${isSlow ? ", swapped slowly" : ""})`, async (world) => {
        if (isSlow) world.swaps.push({ kind: "delay", ms: LEASE_MS }); // so that there is a tail
        world.rebuild(n, "beside");
      }),
    ),
    fc.constant(command("break", async (world) => void (world.isBroken = true), 0)),
    fc.constant(command("repair", async (world) => void (world.isBroken = false), 0)),
    index.map((n) =>
      command(`retry all(${n})`, (world) => world.at(n).deadLetters.retryAll("accounts")),
    ),
    fc.nat({ max: 9 }).map((n) =>
      command(`retry(${n})`, async (world) => {
        const letters = await world.store.listDeadLetters("accounts");
        const letter = letters[n % Math.max(1, letters.length)];
        if (letter)
          await world.at(0).deadLetters.retry("accounts", letter.position).catch(tolerate);
      }),
    ),
    fc.nat({ max: 9 }).map((n) =>
      command(`discard(${n})`, async (world) => {
        const letters = await world.store.listDeadLetters("accounts");
        const letter = letters[n % Math.max(1, letters.length)];
        if (!letter) return;
        const { position } = letter;
        world.discarded.add(position);
        await world
          .at(0)
          .deadLetters.discard("accounts", position, { reason: "a test" })
          .catch((error: unknown) => {
            world.discarded.delete(position);
            tolerate(error);
          });
      }),
    ),
  ];
}

/**
 * Plays random lives of projectors against a model that folds the log: appends, deliveries twice, lost wake-ups, pauses,
 * crashes, takeovers, rebuilds, divisions, poison, repairs, retries.
 *
 * The law, after every act: the view is the fold of the log up to the checkpoint without what dead letters and discards
 * say; each key in order, nothing twice. In the end, everything repaired: the view is the fold of the log.
 *
 * @param open - Opens a fresh, empty store for each run.
 * @param options - `numRuns`: how many lives, integer ≥ 1, default 60. `shrinks`: whether to look for the shortest life
 *   that breaks the law, default `true`.
 */
export function projectorModel(
  open: OpenStore<ReadSideStore>,
  { numRuns = 60, shrinks = true }: { readonly numRuns?: number; readonly shrinks?: boolean } = {},
): readonly ContractCase[] {
  return (["stop", "park", "skip"] as const).map((policy) => ({
    area: "projector model",
    name: `is the fold of the log through any life, under the policy ${policy}`,
    async run() {
      await fc.assert(
        fc.asyncProperty(
          fc.commands([...commands()], { maxCommands: 60, size: "max" }),
          async (life) => {
            const { time, follow, watch } = inStep();
            await using opened = await open({ clock: time });
            follow(opened);
            const store = watch(opened.store);
            const world = new World(store, time, policy);
            await store.prepare(accounts);
            await fc.asyncModelRun(() => ({ model: { workers: 0 }, real: world }), life);
            await world.finish();
          },
        ),
        { numRuns, endOnFailure: !shrinks },
      );
    },
  }));
}

function amountOf({ payload }: RecordedEvent): unknown {
  return (payload as { amount?: unknown }).amount;
}

/** Rebuilds and retries may be refused, for reasons that have codes. */
function tolerate(error: unknown): void {
  ok(isReadModelError(error), String(error));
}

function historiesOf(documents: ReadonlyMap<string, Readonly<Record<string, unknown>>>) {
  return new Map([...documents].map(([key, { history }]) => [key, history as string]));
}

function sorted(histories: ReadonlyMap<string, string>) {
  return new Map(
    [...histories].map(([key, history]) => [key, history.split(" ").toSorted().join(" ")]),
  );
}
