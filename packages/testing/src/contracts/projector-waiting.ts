import { encodeToken } from "@counterpoint/events";
import type { CaseSetup } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError, rejectsWithStoreError } from "../expectations.ts";
import { equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import { bench, FOREVER_MS } from "./projector-bench.ts";
import type { Store } from "./projector-bench.ts";

/** Readers that wait for a token. */
export const WAITING: Readonly<Record<string, CaseSetup<Store>>> = {
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
};
