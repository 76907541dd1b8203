import type { CaseSetup } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { POISON, accounts, fragileAccounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import { bench, FOREVER_MS } from "./projector-bench.ts";
import type { Store } from "./projector-bench.ts";

/** What cannot be applied, stores that fail, and who is told. */
export const FAILING: Readonly<Record<string, CaseSetup<Store>>> = {
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
};
