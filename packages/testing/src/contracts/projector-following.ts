import type { CaseSetup } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import { bench, FOREVER_MS } from "./projector-bench.ts";
import type { Store } from "./projector-bench.ts";

/** Starting, following, resting and stopping. */
export const FOLLOWING: Readonly<Record<string, CaseSetup<Store>>> = {
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

  "can be started again after it was stopped": bench(async ({ store, project, deposit, reach }) => {
    const projector = project();
    for (let round = 1; round <= 3; round++) {
      await projector.start();
      await reach(projector, await deposit(1));
      await projector.stop();
      await projector.stop();
    }
    equal((await store.readModel(accounts).get("a"))?.balance, 3);
  }),

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
};
