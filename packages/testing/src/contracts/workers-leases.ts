import { ReadModelError } from "@counterpoint/read-model";
import type { FaultPlan } from "../faults.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { LEASE_MS, breakable, nth, workers } from "./worker-bench.ts";
import type { CaseSetup } from "../contract-case.ts";

/** Who works, and for how long. */
export const LEASES: Readonly<Record<string, CaseSetup<ReadSideStore>>> = {
  "lets one follow and the other stand by": workers(
    async ({ projector, deposit, reach, folded, until }) => {
      const [one, two] = [await projector({ owner: "one" }), await projector({ owner: "two" })];
      await one.start();
      await two.start();
      equal((await until(one, "running")).partitions[0]?.owner, "one");
      equal((await until(two, "standby")).partitions[0]?.owner, "one");
      const token = await deposit("a", "b");
      await reach(two, token);
      await reach(one, token);
      await folded();
    },
  ),

  "takes over from a worker that has died": workers(
    async ({ projector, deposit, reach, folded, until, time }) => {
      let current = await projector();
      await current.start();
      for (let round = 0; round < 3; round++) {
        const next = await projector();
        await next.start();
        await reach(next, await deposit("a", "b", "a"));
        current.kill();
        const token = await deposit("b", "a");
        const beganMs = time.now();
        await reach(next, token);
        ok(time.now() - beganMs > 0, "not before the lease has run out");
        await until(next, "running");
        await folded();
        current = next;
      }
    },
  ),

  "takes over sooner from a worker that has stopped": workers(
    async ({ projector, deposit, reach, until, folded, time }) => {
      const options = { leaseMs: 60_000 };
      const [one, two] = [await projector(options), await projector(options)];
      await one.start();
      await two.start();
      await until(two, "standby");
      await one.stop();
      const beganMs = time.now();
      await reach(two, await deposit("a"));
      ok(time.now() - beganMs < 40_000, "long before the lease would have run out");
      await folded();
    },
  ),

  "fences off a worker that wakes up too late": workers(
    async ({ projector, deposit, reach, folded, until }) => {
      let writes = 0;
      const plan: FaultPlan = ({ method }) => void (writes += Number(method === "applyBatch"));
      const [one, two] = [await projector({}, { plan }), await projector()];
      await one.start();
      await two.start();
      await reach(two, await deposit("a"));
      one.freeze();
      const token = await deposit("a", "b", "a");
      await reach(two, token);
      await until(two, "running");
      await reach(two, await deposit("b"));
      writes = 0;
      one.thaw();
      await until(one, "standby");
      ok(writes <= 1, "it tries once and learns from that");
      await reach(two, await deposit("a"));
      await folded();
    },
  ),

  "rests between tries when it is fenced off again and again": workers(
    async ({ projector, deposit, reach, time, folded }) => {
      let writes = 0;
      const error = new ReadModelError("FENCED", "a store out of its mind");
      const one = await projector(
        { retryDelayMs: () => 1_000 },
        {
          plan({ method }) {
            if (method !== "applyBatch") return undefined;
            return ++writes <= 10 ? { kind: "fail", error } : undefined;
          },
        },
      );
      await one.start();
      const token = await deposit("a");
      await time.advance(900);
      ok(writes <= 2, `${writes} tries`);
      await reach(one, token);
      await folded();
    },
  ),

  "keeps its lease while it rests for longer than that lasts": workers(
    async ({ projector, deposit, until, time }) => {
      const broken = breakable(nth("a", 1));
      const options = {
        projections: [{ projection: broken.projection, retries: 3 }],
        retryDelayMs: () => LEASE_MS * 5,
      };
      const [one, two] = [await projector(options), await projector(options)];
      await one.start();
      await two.start();
      await until(two, "standby");
      await deposit("a");
      await until(one, "stopped");
      await until(two, "stopped");
      deepEqual([...broken.tries.values()], [4], "one worker counts, and comes to an end");
      ok(time.now() > 0);
    },
  ),

  "keeps its lease through a step that takes longer than that lasts": workers(
    async ({ projector, deposit, reach, time, folded, until, store }) => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const one = await projector(
        { owner: "one" },
        {
          plan: ({ method, nth }) =>
            method === "applyBatch" && nth === 1 ? { kind: "delay", until: held } : undefined,
        },
      );
      const two = await projector({ owner: "two" });
      await one.start();
      await two.start();
      await until(two, "standby");
      const token = await deposit("a");
      for (let n = 0; n < 6; n++) await time.advance(LEASE_MS / 2);
      equal((await store.loadProgress(accounts))[0]?.owner, "one");
      release();
      await reach(one, token);
      await folded();
    },
  ),

  "says that it is frozen when a step does not come to its end": workers(
    async ({ projector, deposit, time, reach }) => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      let begin = (): void => {};
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const one = await projector(
        { leaseMs: 60_000, pollIntervalMs: 20_000 },
        {
          plan({ method }) {
            if (method !== "applyBatch") return undefined;
            begin();
            return { kind: "delay", until: held };
          },
        },
      );
      await one.start();
      const frozen = async () => (await one.status()).projections[0]?.frozen;
      for (let n = 0; n < 4; n++) {
        await time.advance(4_000);
        equal(await frozen(), false, "resting is not freezing");
      }
      const token = await deposit("a");
      await time.drive(begun);
      await time.advance(5_001);
      const isFrozen = await frozen();
      release();
      equal(isFrozen, true);
      await reach(one, token);
      equal(await frozen(), false);
    },
  ),

  "goes on following when a listener throws": workers(
    async ({ projector, deposit, reach, folded }) => {
      const heard: unknown[] = [];
      const failure = new Error("a listener's own");
      const one = await projector({
        onBatch() {
          throw failure;
        },
        onListenerError: (error) => heard.push(error),
      });
      one.onChange(() => {
        throw failure;
      });
      let changes = 0;
      one.onChange(() => changes++);
      await one.start();
      await reach(one, await deposit("a"));
      await reach(one, await deposit("b"));
      await folded();
      ok(changes > 0, "the others hear of changes");
      ok(heard.length > changes && heard.every((error) => error === failure));
    },
  ),

  "prolongs its lease also when its clock is put back": workers(
    async ({ projector, deposit, reach, time, until, folded }) => {
      let skewMs = 0;
      const clock = { now: () => time.now() + skewMs };
      const [one, two] = [await projector({ clock }), await projector()];
      await one.start();
      await two.start();
      await until(two, "standby");
      one.pause();
      skewMs = -3_600_000;
      for (let n = 0; n < 9; n++) await time.advance(LEASE_MS / 3);
      equal((await until(two, "standby")).state, "standby", "nobody has taken over");
      await one.resume();
      await reach(one, await deposit("a"));
      await folded();
    },
  ),

  "survives a worker by the same name": workers(
    async ({ projector, deposit, reach, folded, time }) => {
      const [one, two] = [await projector({ owner: "twin" }), await projector({ owner: "twin" })];
      let fights = 0;
      one.onChange(() => fights++);
      await one.start();
      await two.start();
      await reach(two, await deposit("a", "b"));
      await time.advance(2_000);
      await reach(one, await deposit("a"));
      await folded();
      ok(fights < 500, `${fights} changes: they do not wear each other out`);
    },
  ),
};
