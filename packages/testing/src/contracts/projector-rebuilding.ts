import type { CaseSetup } from "../contract-case.ts";
import { rejectsWith, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import { bench } from "./projector-bench.ts";
import type { Store } from "./projector-bench.ts";

/** Replays in place. */
export const REBUILDING: Readonly<Record<string, CaseSetup<Store>>> = {
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
      deepEqual(await documentsOf(store, accounts), plainFold(accounts, await readAll(store, 100)));
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
};
