import type { EventLog, EventStore } from "@counterpoint/events";
import { encodeToken } from "@counterpoint/events";
import type {
  FollowerStatus,
  ProjectionStore,
  Projector,
  ProjectorOptions,
} from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { CaseSetup, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import {
  rejectsWith,
  rejectsWithClass,
  rejectsWithReadError,
  rejectsWithStoreError,
} from "../expectations.ts";
import type { ManualTime } from "../manual-time.ts";
import { manualTime } from "../manual-time.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { POISON, accounts, deposits, fragileAccounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";

type Store = EventStore & EventLog & ProjectionStore;

/** So long that no run of a test comes near, however fast its time goes. */
const FOREVER_MS = 1e12;

/** What a case works with; time stands still unless it moves it. */
interface Bench {
  readonly store: Store;
  readonly time: ManualTime;
  /** Makes a projector over the store, by default of `accounts` alone; it is stopped at the end of the case. */
  project(options?: Partial<ProjectorOptions>): Projector;
  /** Appends deposits to account a and returns the token. */
  deposit(...amounts: readonly number[]): Promise<string>;
  /** Waits until a projector has reached a token. */
  reach(projector: Projector, token: string, projection?: string): Promise<void>;
  statusOf(projector: Projector, name?: string): Promise<FollowerStatus>;
}

/**
 * Lists the promises that a projector keeps over an adapter.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function projectorContract(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("projector", open, {
    "applies what was appended before it started, and what comes after": bench(
      async ({ store, project, deposit, reach }) => {
        await deposit(1, 2);
        const projector = project();
        await projector.start();
        await reach(projector, await deposit(4));
        const row = await store.readModel(accounts).get("a");
        deepEqual([row?.balance, row?.history], [7, "d1 d2 d3 "]);
      },
    ),

    "goes on from its checkpoint after a restart, and applies nothing twice": bench(
      async ({ store, project, deposit, reach }) => {
        for (let round = 1; round <= 3; round++) {
          const projector = project();
          await projector.start();
          await reach(projector, await deposit(1));
          await projector.stop();
          await deposit(1);
        }
        const projector = project();
        await projector.start();
        await reach(projector, await deposit(1));
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d2 d3 d4 d5 d6 d7 ");
      },
    ),

    "can be started again after it was stopped": bench(
      async ({ store, project, deposit, reach }) => {
        const projector = project();
        for (let round = 1; round <= 3; round++) {
          await projector.start();
          await reach(projector, await deposit(1));
          await projector.stop();
          await projector.stop();
        }
        equal((await store.readModel(accounts).get("a"))?.balance, 3);
      },
    ),

    "follows once however often it is started, and not at all once it is stopped": bench(
      async ({ project, deposit, reach, statusOf, time }) => {
        const projector = project();
        await Promise.all([projector.start(), projector.start(), projector.start()]);
        await reach(projector, await deposit(1));
        await projector.stop();
        equal(time.pending, 0, "no loop is left behind");
        await Promise.all([projector.start(), projector.start()]);
        await Promise.all([projector.stop(), projector.start(), projector.stop()]);
        equal((await statusOf(projector)).state, "idle");
        await rejectsWithReadError(projector.waitFor(await deposit(1)), "NOT_RUNNING");
      },
    ),

    "applies each event once when two projectors follow the same read model": bench(
      async ({ store, project, deposit, reach }) => {
        const projectors = [project({ batchSize: 2 }), project({ batchSize: 3 })];
        await Promise.all(projectors.map((projector) => projector.start()));
        let token = "";
        for (let n = 1; n <= 20; n++) token = await deposit(1, 1);
        await Promise.all(projectors.map((projector) => reach(projector, token)));
        const expected = plainFold(accounts, await readAll(store, 100));
        deepEqual(await documentsOf(store, accounts), expected);
      },
    ),

    "needs no wake-up to find an event": bench(
      async ({ store, project, deposit, reach }) => {
        const projector = project();
        await projector.start();
        await reach(projector, await deposit(1));
        equal((await store.readModel(accounts).get("a"))?.balance, 1);
      },
      (store) => ({ ...store, onAppend: () => ({ [Symbol.dispose]: () => {} }) }),
    ),

    "shows a reader who waited what was written": bench(
      async ({ store, project, deposit, reach }) => {
        const projector = project();
        await projector.start();
        for (let n = 1; n <= 10; n++) {
          await reach(projector, await deposit(1));
          ok((await store.readModel(accounts).get("a"))!.balance >= n, "reads its own write");
        }
      },
    ),

    "lets a reader go on at once when the read model is fresh enough": bench(
      async ({ project, deposit, reach }) => {
        const projector = project();
        await projector.start();
        const early = await deposit(1);
        await reach(projector, await deposit(1));
        await projector.waitFor(early, { timeoutMs: 0 });
        await projector.waitFor(encodeToken(0), { timeoutMs: 0 });
      },
    ),

    "waits for one projection or for all": bench(async ({ project, deposit, reach }) => {
      const other = accounts.as("other_accounts");
      const projector = project({ projections: [accounts, other] });
      await projector.start();
      projector.pause("other_accounts");
      const token = await deposit(1);
      await reach(projector, token, "accounts");
      const all = projector.waitFor(token, { timeoutMs: FOREVER_MS });
      await projector.resume("other_accounts");
      await all;
      await rejectsWithReadError(
        projector.waitFor(token, { projection: "nobody" }),
        "UNKNOWN_PROJECTION",
      );
    }),

    "tells a reader who waited in vain how far behind it is": bench(
      async ({ time, project, deposit, reach }) => {
        const projector = project();
        await projector.start();
        await reach(projector, await deposit(1));
        projector.pause();
        const token = await deposit(1);
        const waiting = projector.waitFor(token, { timeoutMs: 500 });
        const verdict = rejectsWithReadError(waiting, "STALE");
        await time.advance(499);
        await time.advance(1);
        const { details } = (await verdict) as { details: { lag: { events: number; ms: number } } };
        ok(details.lag.events >= 1, "one event behind");
        equal(details.lag.ms, 500);
      },
    ),

    "sends readers away when it is not running": bench(async ({ project, deposit, time }) => {
      const projector = project();
      const token = await deposit(1);
      await rejectsWithReadError(projector.waitFor(token), "NOT_RUNNING");
      await projector.start();
      projector.pause();
      const waiting = projector.waitFor(await deposit(1), { timeoutMs: FOREVER_MS });
      const verdict = rejectsWithReadError(waiting, "NOT_RUNNING");
      await projector.stop();
      await verdict;
      equal(time.pending, 0, "no timer is left behind");
    }),

    "lets a reader give up": bench(async ({ project, deposit, time }) => {
      const projector = project();
      await projector.start();
      projector.pause();
      const token = await deposit(1);
      const giveUp = new AbortController();
      const waiting = projector.waitFor(token, { timeoutMs: FOREVER_MS, signal: giveUp.signal });
      const verdict = rejectsWithReadError(waiting, "ABORTED");
      giveUp.abort(new Error("no longer interested"));
      equal(((await verdict) as Error).cause, giveUp.signal.reason);
      await rejectsWithReadError(
        projector.waitFor(token, { signal: AbortSignal.abort() }),
        "ABORTED",
      );
      await projector.stop();
      equal(time.pending, 0, "no timer is left behind");
    }),

    "lets only so many readers wait at once, and keeps nothing of those it sends away": bench(
      async ({ project, deposit, time }) => {
        const projector = project({ maxWaiters: 100 });
        await projector.start();
        projector.pause();
        const token = await deposit(1);
        const wait = () => projector.waitFor(token, { timeoutMs: FOREVER_MS });
        const waiting = Array.from({ length: 100 }, wait);
        for (let n = 0; n < 5_000; n++) await rejectsWithReadError(wait(), "TOO_MANY_WAITERS");
        ok(time.pending < 150, "no timer is kept for who was sent away");
        await projector.resume();
        await Promise.all(waiting);
        await wait();
        ok(time.pending < 50, "no timer is kept for who has waited");
      },
    ),

    "refuses a token that is none": bench(async ({ project }) => {
      const projector = project();
      await projector.start();
      for (const token of ["", "0", "latest", "MTox!", encodeToken(1) + "=", 7, undefined]) {
        await rejectsWithStoreError(projector.waitFor(token as string), "INVALID_TOKEN");
      }
      for (const timeoutMs of [-1, Number.NaN, 1.5]) {
        await rejectsWithClass(projector.waitFor(encodeToken(0), { timeoutMs }), RangeError);
      }
    }),

    "holds while it is paused, and catches up when resumed": bench(
      async ({ store, project, deposit, reach, statusOf }) => {
        const witness = accounts.as("witness");
        const projector = project({ projections: [accounts, witness] });
        await projector.start();
        await reach(projector, await deposit(1));
        projector.pause("accounts");
        equal((await statusOf(projector, "accounts")).state, "paused");
        const token = await deposit(1, 1);
        await reach(projector, token, "witness");
        await reach(projector, await deposit(1), "witness");
        equal((await store.readModel(accounts).get("a"))?.balance, 1);
        equal((await store.readModel(witness).get("a"))?.balance, 4);
        await projector.resume("accounts");
        await reach(projector, token);
        await reach(projector, await deposit(1));
        equal((await store.readModel(accounts).get("a"))?.balance, 5);
      },
    ),

    "applies nothing younger than its delay": bench(async (on) => {
      const { project, deposit, reach, time } = on;
      const projector = project({ delayMs: 2_000 });
      await projector.start();
      for (let round = 0; round < 3; round++) {
        const writtenMs = time.now();
        await reach(projector, await deposit(1));
        ok(time.now() >= writtenMs + 2_000, `applied after ${time.now() - writtenMs} ms`);
      }
      const token = await deposit(1);
      const beganMs = time.now();
      projector.setDelay(0);
      await projector.waitFor(token, { timeoutMs: FOREVER_MS });
      equal(time.now(), beganMs, "needs no time any more");
      for (const bad of [-1, 1.5, Number.NaN]) {
        await rejectsWithClass((async () => projector.setDelay(bad))(), RangeError);
      }
    }),

    "reports position, head, lag and state": bench(
      async ({ store, project, deposit, reach, statusOf, time }) => {
        const projector = project();
        equal((await statusOf(projector)).state, "idle");
        await projector.start();
        const token = await deposit(1);
        await reach(projector, token);
        const fresh = await projector.status();
        equal(fresh.head, await store.head());
        const { name, version, state: running, ...rest } = fresh.projections[0]!; // one was set up
        deepEqual([name, version, running], ["accounts", 1, "running"]);
        deepEqual([rest.position, rest.lag], [fresh.head, { events: 0, ms: 0 }]);
        deepEqual([rest.deadLetters, rest.frozen, rest.error], [0, false, undefined]);
        deepEqual(
          rest.partitions.map(({ partition, position, state }) => [partition, position, state]),
          [[0, fresh.head, "running"]],
        );
        projector.pause();
        await deposit(1);
        await time.advance(1_234);
        await deposit(1);
        const { state, position, lag } = await statusOf(projector);
        deepEqual([state, position, lag.ms], ["paused", fresh.head, 1_234]);
        ok(lag.events >= 2);
      },
    ),

    "stops before an event that cannot be applied, and says so": bench(
      async ({ store, project, deposit, reach, statusOf, time }) => {
        const projector = project({ projections: [fragileAccounts, accounts] });
        await deposit(1, 2);
        const poisoned = await deposit(4, POISON, 8);
        await projector.start();
        await time.until(
          async () => (await statusOf(projector, "fragile_accounts")).state === "stopped",
        );
        const { position, error } = await statusOf(projector, "fragile_accounts");
        ok(error?.includes("poisoned deposit"), `the status says why: ${error}`);
        const events = await readAll(store, 100);
        equal(position, events[2]!.position, "the checkpoint is right before the culprit");
        deepEqual(
          await documentsOf(store, fragileAccounts),
          plainFold(fragileAccounts, events.slice(0, 3)),
        );
        const stopped = await rejectsWithReadError(
          projector.waitFor(poisoned, { projection: "fragile_accounts" }),
          "PROJECTION_STOPPED",
        );
        ok((stopped as Error).message.includes("poisoned deposit"));
        await reach(projector, await deposit(16), "accounts");
        equal((await store.readModel(accounts).get("a"))?.balance, 31 + POISON);
        equal((await statusOf(projector, "fragile_accounts")).position, position);
      },
    ),

    "sends readers away who wait for what cannot be applied": bench(
      async ({ project, deposit, time }) => {
        const projector = project({ projections: [fragileAccounts] });
        await projector.start();
        projector.pause();
        const token = await deposit(POISON);
        const waiting = projector.waitFor(token, { timeoutMs: FOREVER_MS });
        const verdict = rejectsWithReadError(waiting, "PROJECTION_STOPPED");
        await projector.resume();
        await time.drive(verdict);
      },
    ),

    "tries the failed event again when it is resumed": bench(
      async ({ store, project, deposit, reach, statusOf, time }) => {
        let broken = true;
        const healing = {
          ...accounts,
          apply: ((row, event) => {
            if (broken && event.version === 2) throw new Error("not yet");
            return accounts.apply(row, event);
          }) as typeof accounts.apply,
        };
        const projector = project({ projections: [healing] });
        await projector.start();
        const token = await deposit(1, 2, 4);
        const isStopped = async () => (await statusOf(projector)).state === "stopped";
        await time.until(isStopped);
        await projector.resume();
        await time.until(isStopped);
        equal((await store.readModel(accounts).get("a"))?.history, "d1 ");
        broken = false;
        await projector.resume();
        await reach(projector, token);
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d2 d3 ");
      },
    ),

    "tries again by itself when the store fails, and says so meanwhile": bench(
      async ({ store, project, deposit, reach, statusOf, time }) => {
        const projector = project({ retryDelayMs: () => 1_000 });
        await projector.start();
        const token = await deposit(1);
        await time.until(async () => (await statusOf(projector)).state === "retrying");
        ok((await statusOf(projector)).error?.includes("out of order"), "says why");
        await reach(projector, token);
        const { state, error } = await statusOf(projector);
        deepEqual([state, error], ["running", undefined]);
        equal((await store.readModel(accounts).get("a"))?.history, "d1 ");
      },
      (store) => {
        let failures = 5;
        return {
          ...store,
          applyBatch: async (batch) => {
            if (failures-- > 0) throw new Error("out of order");
            await store.applyBatch(batch);
          },
        };
      },
    ),

    "applies a batch once whose answer was lost": bench(
      async ({ store, project, deposit, reach }) => {
        const projector = project();
        await projector.start();
        for (let n = 0; n < 5; n++) await reach(projector, await deposit(1));
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d2 d3 d4 d5 ");
      },
      (store) => {
        let calls = 0;
        return {
          ...store,
          applyBatch: async (batch) => {
            await store.applyBatch(batch);
            if (++calls % 2 === 1) throw new Error("the answer was lost");
          },
        };
      },
    ),

    "ends after the batch under way": bench(async ({ store, project, deposit, reach }) => {
      const projector = project({ batchSize: 1 });
      await projector.start();
      const first = await deposit(1);
      for (let n = 0; n < 10; n++) await deposit(1);
      await reach(projector, first);
      await projector.stop();
      const documents = await documentsOf(store, accounts);
      const checkpoint = await store.loadCheckpoint(accounts);
      const applied = (await readAll(store, 100)).filter(({ position }) => position <= checkpoint);
      deepEqual(documents, plainFold(accounts, applied));
      await deposit(1);
      deepEqual(await documentsOf(store, accounts), documents);
      equal(await store.loadCheckpoint(accounts), checkpoint);
    }),

    "rebuilds documents and checkpoint in place": bench(
      async ({ store, project, deposit, reach, statusOf }) => {
        await deposit(1, 2, 4);
        let bonus = 100;
        const wrongAtFirst = {
          ...accounts,
          apply: ((row, event) => {
            const after = accounts.apply(row, event);
            return after && { ...after, balance: after.balance + bonus };
          }) as typeof accounts.apply,
        };
        const projector = project({ projections: [wrongAtFirst], batchSize: 1 });
        await projector.start();
        const token = await deposit(8);
        await reach(projector, token);
        equal((await store.readModel(accounts).get("a"))?.balance, 415);
        bonus = 0;
        await projector.rebuild("accounts");
        await reach(projector, token);
        deepEqual(
          await documentsOf(store, accounts),
          plainFold(accounts, await readAll(store, 100)),
        );
        equal((await statusOf(projector)).lag.events, 0);
      },
    ),

    "goes on with a rebuild after a restart": bench(async ({ store, project, deposit, reach }) => {
      const token = await deposit(1, 2, 4, 8, 16);
      const first = project({ batchSize: 1 });
      await first.start();
      await reach(first, token);
      await first.rebuild("accounts");
      await first.stop();
      const second = project({ batchSize: 1 });
      await second.start();
      await reach(second, token);
      deepEqual(await documentsOf(store, accounts), plainFold(accounts, await readAll(store, 100)));
    }),

    "rebuilds a projection that has stopped": bench(
      async ({ store, project, deposit, reach, statusOf, time }) => {
        let broken = true;
        const healing = {
          ...accounts,
          apply: ((row, event) => {
            if (broken && event.version === 2) throw new Error("a bug");
            return accounts.apply(row, event);
          }) as typeof accounts.apply,
        };
        const projector = project({ projections: [healing] });
        await projector.start();
        const token = await deposit(1, 2, 4);
        await time.until(async () => (await statusOf(projector)).state === "stopped");
        broken = false;
        await projector.rebuild("accounts");
        await reach(projector, token);
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d2 d3 ");
      },
    ),

    "rebuilds nothing that it does not have, or while it is not running": bench(
      async ({ project }) => {
        const projector = project();
        await rejectsWithReadError(projector.rebuild("accounts"), "NOT_RUNNING");
        await projector.start();
        await rejectsWithReadError(projector.rebuild("nobody"), "UNKNOWN_PROJECTION");
        await rejectsWith(
          (async () => projector.pause("nobody"))(),
          () => true,
          "an error about an unknown projection",
        );
      },
    ),

    "tells listeners of every step, until they are disposed of": bench(
      async ({ project, deposit, reach }) => {
        const projector = project();
        let heard = 0;
        const listener = (): void => void heard++;
        const [one, two] = [projector.onChange(listener), projector.onChange(listener)];
        await projector.start();
        await reach(projector, await deposit(1));
        ok(heard >= 2);
        one[Symbol.dispose]();
        const before = heard;
        projector.pause();
        equal(heard, before + 1, "the second registration is still there");
        two[Symbol.dispose]();
        await projector.resume();
        equal(heard, before + 1);
      },
    ),
  });
}

/** Sets up a case with a clock and scheduler of its own, and stops its projectors at the end. */
function bench(
  play: (on: Bench) => Promise<void>,
  disturb: (store: Store) => Store = (store) => store,
): CaseSetup<Store> {
  return {
    prepare() {
      const time = manualTime();
      return [{ clock: time }, body];

      async function body(store: Store): Promise<void> {
        const disturbed = disturb(bound(store));
        const projectors: Projector[] = [];
        try {
          await play({
            store,
            time,
            project(options = {}) {
              const defaults = { projections: [accounts], clock: time, scheduler: time };
              const projector = createProjector(disturbed, { ...defaults, ...options });
              projectors.push(projector);
              return projector;
            },
            async deposit(...amounts) {
              const append = { stream: "account-a", events: deposits("a", ...amounts) };
              return (await store.append(append)).token;
            },
            reach: (projector, token, projection) =>
              time.drive(
                projector.waitFor(token, {
                  timeoutMs: FOREVER_MS,
                  ...(projection === undefined ? {} : { projection }),
                }),
              ),
            async statusOf(projector, name = "accounts") {
              const { projections } = await projector.status();
              return projections.find((each) => each.name === name) ?? projections[0]!;
            },
          });
        } finally {
          await Promise.all(projectors.map((projector) => projector.stop()));
        }
      }
    },
  };
}

/** The same store as an object whose single methods can be replaced, whatever it is made of. */
function bound(store: Store): Store {
  const names = new Set<string>();
  for (let owner: object | null = store; owner && owner !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(owner)) names.add(name);
    owner = Object.getPrototypeOf(owner) as object | null; // objects inherit from objects or from nothing
  }
  const entries = [...names].map((name) => [
    name,
    (store as unknown as Record<string, unknown>)[name],
  ]);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "function" ? value.bind(store) : value]),
  ) as Store; // the same members, bound
}
