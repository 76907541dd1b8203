import type { LeaseRequest, Projection } from "@counterpoint/read-model";
import { rejectsWithReadError } from "../expectations.ts";
import type { FaultPlan } from "../faults.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { FOREVER_MS, LEASE_MS, breakable, gate, nth, workers } from "./worker-bench.ts";
import type { CaseSetup } from "../contract-case.ts";

const NAMES = "abcdefghijkl".split("");

/** What a worker believes that hears late of what another has done. */
export const ANSWERS: Readonly<Record<string, CaseSetup<ReadSideStore>>> = {
  "applies nothing any more when it is paused while it reads": workers(
    async ({ projector, deposit, reach, time, store }) => {
      const held = gate();
      let isHeld = false;
      const one = await projector(
        {},
        { late: (method) => (method === "readLog" && isHeld ? held.passed : undefined) },
      );
      await one.start();
      await reach(one, await deposit("a"));
      isHeld = true;
      const token = await deposit("a");
      await time.advance(1_000);
      one.pause();
      isHeld = false;
      held.open();
      await time.advance(1_000);
      equal((await store.readModel(accounts).get("a"))?.balance, 1);
      await one.resume();
      await reach(one, token);
    },
  ),

  "believes no answer that was given before a rebuild in place": workers(
    async ({ projector, deposit, reach, time, folded, until }) => {
      for (const method of ["applyBatch", "renew"]) {
        const held = gate();
        let isHeld = false;
        const one = await projector(
          {},
          { late: (called) => (called === method && isHeld ? held.passed : undefined) },
        );
        await one.start();
        await reach(one, await deposit("a"));
        isHeld = true;
        const token = await deposit("a");
        await time.advance(LEASE_MS);
        isHeld = false;
        await one.rebuild("accounts");
        one.pause();
        held.open();
        const late = rejectsWithReadError(one.waitFor(token, { timeoutMs: 50 }), "STALE");
        await time.drive(late);
        await one.resume();
        await reach(one, token);
        await until(one, "running");
        await folded();
        await one.stop();
      }
    },
  ),

  "believes no answer that was given before a rebuild in place, where it stands by": workers(
    async ({ projector, deposit, reach, time, until, folded }) => {
      const held = gate();
      let isHeld = false;
      const one = await projector();
      const two = await projector(
        {},
        { late: (called) => (called === "loadProgress" && isHeld ? held.passed : undefined) },
      );
      await one.start();
      await two.start();
      await until(two, "standby");
      const token = await deposit("a", "b");
      await reach(one, token);
      isHeld = true;
      await time.advance(LEASE_MS);
      isHeld = false;
      one.pause();
      two.pause();
      await two.rebuild("accounts");
      held.open();
      await time.drive(rejectsWithReadError(two.waitFor(token, { timeoutMs: 50 }), "STALE"));
      await one.resume();
      await reach(two, token);
      await folded();
    },
  ),

  "is not stopped again by an answer that was given before it was resumed": workers(
    async ({ projector, deposit, until, time, folded }) => {
      const held = gate();
      let isHeld = false;
      const broken = breakable(nth("a", 1));
      const one = await projector(
        { projections: [{ projection: broken.projection, retries: 0 }] },
        { late: (called) => (called === "renew" && isHeld ? held.passed : undefined) },
      );
      await one.start();
      const token = await deposit("a");
      await until(one, "stopped");
      isHeld = true;
      await time.advance(LEASE_MS);
      isHeld = false;
      broken.breaks = () => false;
      await one.resume();
      const waiting = one.waitFor(token, { timeoutMs: FOREVER_MS });
      held.open();
      await time.drive(waiting);
      await folded();
    },
  ),

  "leaves no loop behind for a partition that is there no more": workers(
    async ({ projector, deposit, reach, time, folded }) => {
      const asked: number[] = [];
      const projection = accounts as Projection;
      const one = await projector(
        { projections: [{ projection, partitions: 4 }] },
        {
          plan({ method, args }) {
            if (method === "acquire") asked.push((args[1] as LeaseRequest).partition); // what the port takes
            return undefined;
          },
        },
      );
      await one.start();
      const two = await projector({ projections: [{ projection, partitions: 2 }] });
      await two.start();
      await reach(one, await deposit(...NAMES));
      await time.advance(LEASE_MS * 2);
      asked.length = 0;
      await time.advance(LEASE_MS * 20);
      deepEqual(new Set(asked), new Set([0, 1]));
      await folded();
    },
  ),

  "tells a worker of a rebuild in place that another has begun": workers(
    async ({ projector, deposit, reach, folded, until, time }) => {
      let writes = 0;
      const plan: FaultPlan = ({ method }) => void (writes += Number(method === "applyBatch"));
      const options = { leaseMs: 60_000 };
      const [one, two] = [await projector(options, { plan }), await projector(options)];
      await one.start();
      await two.start();
      await until(two, "standby");
      await reach(two, await deposit("a", "b", "a"));
      await two.rebuild("accounts");
      writes = 0;
      const token = await deposit("a");
      await reach(two, token);
      await time.advance(5_000);
      ok(writes <= 1, "it tries once and learns from that");
      await reach(one, token);
      await folded();
    },
  ),
};
