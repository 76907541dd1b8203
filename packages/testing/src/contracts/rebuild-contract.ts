import { isReadModelError } from "@counterpoint/read-model";
import type { Projection, ProjectionBatch } from "@counterpoint/read-model";
import type { CaseSetup, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import type { WorkerBench, WorkerOptions } from "./worker-bench.ts";
import { LEASE_MS, breakable, gate, nth, workers } from "./worker-bench.ts";

const beside = { mode: "beside" } as const;
const NAMES = "abcdef".split("");

/**
 * Lists what a projector promises about rebuilding a read model beside the one that answers: readers notice nothing but the
 * result, and a crash costs nothing but time.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function rebuildContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("rebuilding beside", open, {
    "lets the old read model answer until the new one takes its place": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { fold, projection } = changing();
        const balances = new Set<unknown>();
        const one = await projector({ projections: [projection], batchSize: 2 });
        await one.start();
        const token = await deposit("a", "b", "a", "b", "a", "b", "a");
        await reach(one, token);
        fold.factor = 1_000;
        one.onChange(() => {
          void store
            .readModel(accounts)
            .get("a")
            .then((row) => balances.add(row?.balance));
        });
        await time.drive(one.rebuild("accounts", beside));
        for (const balance of balances) {
          ok(
            balance === 4 || balance === 4_000,
            `all of the old or all of the new: ${String(balance)}`,
          );
        }
        ok(balances.has(4), "the old one answered meanwhile");
        equal((await store.readModel(accounts).get("a"))?.balance, 4_000);
        await reach(one, token);
        await reach(one, await deposit("a"));
        equal((await store.readModel(accounts).get("a"))?.balance, 5_000);
        deepEqual((await one.status()).rebuilds, []);
      },
    ),

    "rebuilds an inline read model while it is appended to": inline(
      async ({ projector, deposit, store, time }) => {
        const one = await projector({ projections: [], inline: [accounts], batchSize: 2 });
        await one.start();
        await deposit(...NAMES, ...NAMES, ...NAMES);
        const rebuilt = time.drive(one.rebuild("accounts", beside));
        for (let n = 0; n < 10; n++) await deposit("a");
        await rebuilt;
        await deposit("a");
        equal((await store.readModel(accounts).get("a"))?.balance, 14);
      },
    ),

    "leaves no event out that comes in meanwhile": workers(
      async ({ projector, deposit, reach, folded, time }) => {
        const one = await projector({ batchSize: 3 });
        await one.start();
        await reach(one, await deposit(...NAMES, ...NAMES));
        const rebuilt = time.drive(one.rebuild("accounts", beside));
        let token = "";
        for (let n = 0; n < 10; n++) token = await deposit(...NAMES);
        await rebuilt;
        await reach(one, token);
        await folded();
      },
    ),

    "goes on with partitions as before": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const setup = { projection: accounts as Projection, partitions: 3 };
        const [one, two] = [
          await projector({ projections: [setup] }),
          await projector({ projections: [setup] }),
        ];
        await Promise.all([one.start(), two.start()]);
        await reach(one, await deposit(...NAMES));
        await time.drive(one.rebuild("accounts", beside));
        equal((await store.loadProgress(accounts)).length, 3);
        const token = await deposit(...NAMES);
        await reach(one, token);
        await reach(two, token);
        await folded();
      },
    ),

    "is gone on with from its checkpoint when the projector is started again": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const { projection, tries } = breakable(() => false);
        const stopAt = { position: 0 };
        const one = await projector({ projections: [projection], batchSize: 1 });
        await one.start();
        await reach(one, await deposit(...NAMES, ...NAMES));
        tries.clear();
        one.onChange(() => {
          const position = [...tries.keys()].length;
          if (position === 5 && stopAt.position === 0) {
            stopAt.position = position;
            stopped = one.stop();
          }
        });
        let stopped: Promise<void> | undefined;
        const rebuilding = rejectsWithReadError(one.rebuild("accounts", beside), "NOT_RUNNING");
        await time.drive(rebuilding);
        await time.drive(stopped!); // the listener has stopped it
        const next = (await progressBeside(store))[0]!;
        ok(next.position > 0, "it had begun");
        const two = await projector({ projections: [projection] });
        await two.start();
        await time.until(async () => (await progressBeside(store)).length === 0);
        ok(
          [...tries.values()].every((count) => count === 1),
          "no event was replayed twice",
        );
        await reach(two, await deposit("a"));
        await folded();
      },
    ),

    "is finished by another worker when the one that began it has died": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const one = await projector({ batchSize: 1 }, dyingBeside());
        await one.start();
        await reach(one, await deposit(...NAMES, ...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(async () => ((await progressBeside(store))[0]?.position ?? 0) > 0);
        one.kill();
        const [progress] = await progressBeside(store);
        ok(progress!.position > 0 && progress!.position < (await store.head()), "half of it");
        const two = await projector();
        await two.start();
        await time.until(async () => (await progressBeside(store)).length === 0);
        await reach(two, await deposit("a"));
        await folded();
      },
    ),

    "is gone on with by a worker that is there already when the one that began it dies": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const [one, two] = [await projector({ batchSize: 1 }, dyingBeside()), await projector()];
        await one.start();
        await two.start();
        await reach(one, await deposit(...NAMES, ...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(async () => ((await progressBeside(store))[0]?.position ?? 0) > 0);
        one.kill();
        await time.until(async () => (await progressBeside(store)).length === 0);
        await reach(two, await deposit("a"));
        await folded();
      },
    ),

    "is not begun again while it is gone on with": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const held = gate();
        const one = await projector({ batchSize: 1 }, dyingBeside());
        const two = await projector(
          {},
          {
            plan: ({ method }) =>
              method === "replace" ? { kind: "delay", until: held.passed } : undefined,
          },
        );
        await one.start();
        await two.start();
        await reach(one, await deposit(...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(async () => ((await progressBeside(store))[0]?.position ?? 0) > 0);
        one.kill();
        await rejectsWithReadError(two.rebuild("accounts", beside), "UNAVAILABLE");
        await time.until(async () => (await two.status()).rebuilds.length === 1);
        await rejectsWithReadError(two.rebuild("accounts", beside), "UNAVAILABLE");
        held.open();
        await time.until(async () => (await two.status()).rebuilds.length === 0);
        deepEqual(await progressBeside(store), []);
        await time.drive(two.rebuild("accounts", beside));
        await reach(two, await deposit("a"));
        await folded();
      },
    ),

    "is left to workers of its own version": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const newer: Projection = { ...(accounts as Projection), version: 2, as: named };
        function named(name: string): Projection {
          return { ...newer, name };
        }
        const one = await projector({ projections: [newer], batchSize: 1 }, dyingBeside());
        await one.start();
        await reach(one, await deposit(...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(
          async () => (await store.loadProgress({ name: "accounts__next2" })).length === 1,
        );
        one.kill();
        const old = await projector();
        await old.start().catch(isOutOfDate);
        await time.advance(LEASE_MS * 10);
        equal((await store.loadProgress({ name: "accounts__next2" })).length, 1);
        deepEqual(await progressBeside(store), []);
        const two = await projector({ projections: [newer] });
        await two.start();
        await time.until(
          async () => (await store.loadProgress({ name: "accounts__next2" })).length === 0,
        );
      },
    ),

    "is done once when two workers are asked for it": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const { projection, tries } = breakable(() => false);
        const options = { projections: [projection], batchSize: 2 };
        const [one, two] = [await projector(options), await projector(options)];
        await Promise.all([one.start(), two.start()]);
        const token = await deposit(...NAMES, ...NAMES);
        await reach(one, token);
        tries.clear();
        const asked = [one, two].map((each) =>
          each.rebuild("accounts", beside).catch((error: unknown) => {
            ok(isReadModelError(error, "UNAVAILABLE"), String(error)); // it came a moment later
          }),
        );
        await time.drive(Promise.all(asked));
        deepEqual(await progressBeside(store), []);
        ok(
          [...tries.values()].every((count) => count === 1),
          `each event is replayed once: ${[...tries.values()].join(" ")}`,
        );
        await reach(two, await deposit("a"));
        await folded();
      },
    ),

    "ends at an event that cannot be applied, and begins from the start next time": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const broken = breakable(() => false);
        const setup = { projection: broken.projection, retries: 1 };
        const one = await projector({ projections: [setup] });
        await one.start();
        await reach(one, await deposit("a", "b", "a"));
        broken.breaks = nth("b", 1);
        const failed = time.drive(one.rebuild("accounts", beside));
        const error = await rejectsWithReadError(failed, "PROJECTION_STOPPED");
        ok((error as Error).message.includes("out of ink"));
        await folded();
        equal((await one.status()).projections[0]?.state, "running");
        deepEqual((await one.status()).rebuilds, []);
        const two = await projector({ projections: [setup] });
        await two.start();
        deepEqual((await two.status()).rebuilds, [], "nobody goes on with it by itself");
        broken.breaks = () => false;
        broken.tries.clear();
        await time.drive(one.rebuild("accounts", beside));
        equal([...broken.tries.values()].length, 3, "from the start");
        await reach(one, await deposit("a"));
        await folded();
        deepEqual(await progressBeside(store), []);
      },
    ),

    "heals a read model that has stopped": workers(
      async ({ projector, deposit, reach, folded, time, until }) => {
        const broken = breakable(nth("a", 2));
        const one = await projector({
          projections: [{ projection: broken.projection, retries: 0 }],
        });
        await one.start();
        const token = await deposit("a", "a", "b");
        await until(one, "stopped");
        broken.breaks = () => false;
        await time.drive(one.rebuild("accounts", beside));
        await until(one, "running");
        await reach(one, token);
        await folded();
      },
    ),

    "parks what cannot be applied, if that is the policy, and takes the letters along": workers(
      async ({ projector, deposit, reach, folded, store, time }) => {
        const broken = breakable(nth("a", 1));
        const setup = { projection: broken.projection, retries: 0, poison: "park" } as const;
        const one = await projector({ projections: [setup] });
        await one.start();
        await reach(one, await deposit("a", "b", "a"));
        broken.breaks = nth("b", 1);
        await time.drive(one.rebuild("accounts", beside));
        deepEqual(
          (await one.deadLetters.list("accounts")).map(({ key, reason }) => [key, reason]),
          [["b", "parked"]],
        );
        broken.breaks = () => false;
        deepEqual(await one.deadLetters.retryAll("accounts"), { applied: 1, left: 0 });
        await reach(one, await deposit("a", "b"));
        await folded();
        equal(await store.countDeadLetters("accounts__next1"), 0);
      },
    ),

    "never parks for an inline read model": inline(
      async ({ projector, deposit, store, time, folded }) => {
        const broken = breakable(() => false);
        const one = await projector({ projections: [], inline: [broken.projection] });
        await one.start();
        await deposit("a", "b", "a");
        broken.breaks = nth("b", 1);
        const failed = time.drive(one.rebuild("accounts", beside));
        await rejectsWithReadError(failed, "PROJECTION_STOPPED");
        equal(await store.countDeadLetters("accounts"), 0);
        await deposit("b");
        await folded();
      },
    ),

    "is tried again when the store fails": workers(
      async ({ projector, deposit, reach, folded, time }) => {
        const one = await projector(
          { batchSize: 2 },
          {
            plan: ({ method, nth }) => {
              if (method === "replace" && nth <= 2) return { kind: "fail" };
              if (method === "replace" && nth === 3) return { kind: "fail", when: "after" };
              return undefined;
            },
          },
        );
        await one.start();
        await reach(one, await deposit("a", "b", "a"));
        await time.drive(one.rebuild("accounts", beside));
        await reach(one, await deposit("a"));
        await folded();
      },
    ),

    "says how far it is": workers(async ({ projector, deposit, reach, time }) => {
      const one = await projector({ batchSize: 2 });
      await one.start();
      await reach(one, await deposit(...NAMES, ...NAMES));
      for (const mode of ["beside", "in place"] as const) {
        const seen: { position: number; remaining: number; target: number }[] = [];
        one.onChange(() => {
          void one.status().then(({ rebuilds }) => {
            for (const rebuild of rebuilds) {
              if (rebuild.mode === mode && rebuild.name === "accounts") seen.push(rebuild);
            }
          });
        });
        await time.drive(one.rebuild("accounts", { mode }));
        await reach(one, await deposit("a"));
        await time.settle();
        ok(seen.length > 2, mode);
        ok(
          seen.every(
            ({ position, remaining, target }) => remaining === Math.max(0, target - position),
          ),
          "they agree",
        );
        const positions = seen.map(({ position }) => position);
        deepEqual(
          positions,
          positions.toSorted((a, b) => a - b),
        );
        deepEqual((await one.status()).rebuilds, []);
      }
    }),

    "refuses what makes no sense": workers(async ({ projector, deposit, reach, time }) => {
      const one = await projector({ inline: [accounts.as("accounts_sync")], batchSize: 1 });
      await rejectsWithReadError(one.rebuild("accounts", beside), "NOT_RUNNING");
      await one.start();
      await reach(one, await deposit(...NAMES));
      await rejectsWithReadError(one.rebuild("nobody", beside), "UNKNOWN_PROJECTION");
      await rejectsWithClass(one.rebuild("accounts_sync"), TypeError);
      const rebuilding = time.drive(one.rebuild("accounts", beside));
      await rejectsWithReadError(one.rebuild("accounts", beside), "UNAVAILABLE");
      await rejectsWithReadError(one.rebuild("accounts"), "UNAVAILABLE");
      await rebuilding;
      await one.rebuild("accounts");
      const next = projector({ projections: [accounts.as("accounts__next1")] });
      await rejectsWithClass(next, TypeError);
    }),

    "rebuilds read models with names of any length": workers(
      async ({ projector, deposit, reach, folded, time }) => {
        const names = ["x".repeat(57), "x".repeat(58), "x".repeat(62) + "a", "x".repeat(62) + "b"];
        const projections = names.map((name) => accounts.as(name) as Projection);
        const one = await projector({ projections });
        await one.start();
        await reach(one, await deposit("a", "b"));
        await time.drive(Promise.all(names.map((name) => one.rebuild(name, beside))));
        await reach(one, await deposit("a"));
        for (const projection of projections) await folded(projection);
      },
    ),

    "goes on with nothing any more when it is stopped while it looks for it": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const held = gate();
        let isHeld = false;
        const one = await projector({ batchSize: 1 }, dyingBeside());
        const two = await projector(
          { leaseMs: 60_000 },
          { late: (method) => (method === "loadProgress" && isHeld ? held.passed : undefined) },
        );
        await one.start();
        await two.start();
        await reach(one, await deposit(...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(async () => ((await progressBeside(store))[0]?.position ?? 0) > 0);
        one.kill();
        isHeld = true;
        await time.advance(60_000);
        isHeld = false;
        const stopped = two.stop();
        await time.settle();
        held.open();
        await time.drive(stopped);
        const before = await progressBeside(store);
        equal(before.length, 1);
        await time.advance(600_000);
        deepEqual(
          (await progressBeside(store)).map(({ position }) => position),
          before.map(({ position }) => position),
        );
      },
    ),

    "begins nothing any more when it is stopped while it starts": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const one = await projector({ batchSize: 1 }, dyingBeside());
        await one.start();
        await reach(one, await deposit(...NAMES));
        void one.rebuild("accounts", beside);
        await time.until(async () => (await progressBeside(store)).length > 0);
        await time.advance(LEASE_MS * 2);
        one.kill();
        const two = await projector({ batchSize: 1 });
        const started = two.start();
        await time.drive(Promise.all([started, two.stop()]));
        const before = await progressBeside(store);
        await time.advance(60_000);
        deepEqual(
          (await progressBeside(store)).map(({ position }) => position),
          before.map(({ position }) => position),
        );
      },
    ),
  });

  function inline(play: (on: WorkerBench) => Promise<void>): CaseSetup<ReadSideStore> {
    return workers(play, { inline: [accounts] });
  }
}

function progressBeside(store: ReadSideStore) {
  return store.loadProgress({ name: "accounts__next1" });
}

/** Kills a worker before its fourth step beside. */
function dyingBeside(): WorkerOptions {
  let steps = 0;
  return {
    plan({ method, args }) {
      if (method !== "applyBatch") return undefined;
      const { projection } = args[0] as ProjectionBatch; // what the port takes
      if (!projection.name.startsWith("accounts__next") || ++steps < 4) return undefined;
      return { kind: "crash", when: "before" };
    },
  };
}

/** Accounts by a fold that can be changed, as by a new release. */
function changing() {
  const fold = { factor: 1 };
  const projection: Projection = {
    ...accounts,
    apply(row, event) {
      const payload = event.payload as { amount: number };
      const dearer = { ...event, payload: { ...payload, amount: payload.amount * fold.factor } };
      return accounts.apply(row as never, dearer); // rows of accounts
    },
    as: (name) => ({ ...projection, name }),
  };
  return { fold, projection };
}

/** A store may also send a worker away that is older than what it works on. */
function isOutOfDate(error: unknown): void {
  if (!isReadModelError(error, "UNAVAILABLE")) throw error;
}
