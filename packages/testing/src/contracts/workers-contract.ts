import type { LeaseRequest, Projection, ProjectionBatch } from "@counterpoint/read-model";
import { ReadModelError, partitionOf } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import type { FaultPlan } from "../faults.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { FOREVER_MS, LEASE_MS, breakable, gate, nth, workers } from "./worker-bench.ts";

const NAMES = "abcdefghijkl".split("");

/**
 * Lists what many projectors do over one store: one works on a partition, another takes over, and everybody knows how far
 * it is.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function workersContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("workers", open, {
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

    "wakes up those who wait where nobody works": workers(
      async ({ projector, deposit, reach, until, time }) => {
        const [one, two] = [await projector(), await projector({ maxWaiters: 2 })];
        await one.start();
        await two.start();
        await until(two, "standby");
        one.pause();
        const token = await deposit("a");
        const wait = () => two.waitFor(token, { timeoutMs: FOREVER_MS });
        const waiting = [wait(), wait()];
        await rejectsWithReadError(wait(), "TOO_MANY_WAITERS");
        const late = rejectsWithReadError(
          time.drive(one.waitFor(token, { timeoutMs: 200 })),
          "STALE",
        );
        await late;
        await one.resume();
        await time.drive(Promise.all(waiting));
        await reach(two, token);
      },
    ),

    "looks at once when somebody begins to wait where nobody works": workers(
      async ({ projector, deposit, reach, until, time }) => {
        const options = { leaseMs: 60_000, pollIntervalMs: 20_000 };
        const [one, two] = [await projector(options), await projector(options)];
        await one.start();
        await two.start();
        await until(two, "standby");
        const token = await deposit("a");
        await reach(one, token);
        const beganMs = time.now();
        await reach(two, token);
        ok(time.now() - beganMs < 20_000, "sooner than it would look by itself");
        const waiting = two.waitFor(await deposit("a"), { timeoutMs: FOREVER_MS });
        await time.settle();
        await deposit("b");
        await time.drive(waiting);
      },
    ),

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

    "sends nobody away who waits for less than what cannot be applied": workers(
      async ({ projector, deposit, time, until }) => {
        const [halting, lagging] = [0, 1].map((partition) =>
          NAMES.find((name) => partitionOf(name, 2) === partition)!,
        );
        const held = gate();
        const broken = breakable(nth(halting!, 2));
        const one = await projector(
          { projections: [{ projection: broken.projection, partitions: 2, retries: 0 }] },
          {
            plan({ method, args }) {
              if (method !== "applyBatch") return undefined;
              const { lease } = args[0] as ProjectionBatch; // what the port takes
              return lease?.partition === 1 ? { kind: "delay", until: held.passed } : undefined;
            },
          },
        );
        await one.start();
        const token = await deposit(halting!, lagging!);
        const poisoned = await deposit(halting!);
        const waiting = one.waitFor(token, { timeoutMs: FOREVER_MS });
        const inVain = one.waitFor(poisoned, { timeoutMs: FOREVER_MS });
        await time.drive(rejectsWithReadError(inVain, "PROJECTION_STOPPED"));
        await until(one, "stopped");
        held.open();
        await time.drive(waiting);
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

    "takes nothing over while it is paused": workers(
      async ({ projector, deposit, reach, until, time, folded }) => {
        const [one, two, three] = [await projector(), await projector(), await projector()];
        await one.start();
        await two.start();
        await until(two, "standby");
        two.pause();
        one.kill();
        await time.advance(LEASE_MS * 3);
        const token = await deposit("a");
        await three.start();
        await reach(three, token);
        await two.resume();
        await until(two, "standby");
        await reach(two, token);
        await folded();
      },
    ),

    "keeps its partitions while it is paused": workers(
      async ({ projector, deposit, reach, until, time, store }) => {
        const [one, two] = [await projector(), await projector()];
        await one.start();
        await two.start();
        await until(two, "standby");
        one.pause();
        const token = await deposit("a");
        await time.advance(LEASE_MS * 3);
        equal((await until(two, "standby")).position, 0);
        equal(await store.readModel(accounts).get("a"), undefined);
        await one.resume();
        await reach(one, token);
      },
    ),

    "shares the partitions among workers, and keeps the order of each key": workers(
      async ({ projector, deposit, reach, folded, store }) => {
        const setup = { projections: [{ projection: accounts as Projection, partitions: 4 }] };
        const [one, two] = [await projector(setup), await projector(setup)];
        await Promise.all([one.start(), two.start()]);
        for (let round = 0; round < 3; round++) {
          const token = await deposit(...NAMES, ...NAMES);
          await reach(one, token);
          await reach(two, token);
        }
        const owners = (await store.loadProgress(accounts)).map(({ owner }) => owner);
        equal(owners.length, 4);
        ok(
          owners.every((owner) => owner !== undefined),
          "each has an owner",
        );
        await folded();
      },
    ),

    "keeps the order of each key while workers come and go": workers(
      async ({ projector, deposit, reach, folded }) => {
        const setup = {
          projections: [{ projection: accounts as Projection, partitions: 3 }],
          batchSize: 2,
        };
        const first = await projector(setup);
        await first.start();
        await deposit(...NAMES);
        const second = await projector(setup);
        await second.start();
        await deposit(...NAMES);
        first.kill();
        const third = await projector(setup);
        await third.start();
        await deposit(...NAMES);
        await second.stop();
        await reach(third, await deposit(...NAMES));
        await folded();
      },
    ),

    "follows a division of the keys that another worker has made": workers(
      async ({ projector, deposit, reach, folded, store }) => {
        const divided = (partitions: number) => ({
          projections: [{ projection: accounts as Projection, partitions }],
          batchSize: 3,
        });
        const one = await projector(divided(1));
        await one.start();
        await reach(one, await deposit(...NAMES));
        for (const partitions of [4, 2, 3]) {
          const two = await projector(divided(partitions));
          await two.start();
          const token = await deposit(...NAMES, ...NAMES);
          await reach(one, token);
          await folded();
          equal((await store.loadProgress(accounts)).length, partitions);
          two.kill();
          await reach(one, await deposit(...NAMES));
          await folded();
        }
        equal((await one.status()).projections[0]?.partitions.length, 3);
      },
    ),

    "lets a reader go on only when all partitions are far enough": workers(
      async ({ projector, deposit, time, until }) => {
        const behind = NAMES.find((name) => partitionOf(name, 3) === 2)!;
        const ahead = NAMES.find((name) => partitionOf(name, 3) === 0)!;
        const broken = breakable(nth(behind, 1));
        const one = await projector({
          projections: [{ projection: broken.projection, partitions: 3 }],
          retryDelayMs: () => 10_000,
        });
        await one.start();
        const token = await deposit(behind, ahead);
        await until(one, "retrying");
        await time.advance(1_000);
        const verdict = rejectsWithReadError(one.waitFor(token, { timeoutMs: 100 }), "STALE");
        await time.drive(verdict);
        broken.breaks = () => false;
        await time.drive(one.waitFor(token, { timeoutMs: FOREVER_MS }));
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

    "leaves nobody waiting at one read model when another has failed them": workers(
      async ({ projector, deposit, until, time }) => {
        const broken = breakable(nth("a", 1));
        const too = accounts.as("accounts_too");
        const one = await projector({
          projections: [{ projection: broken.projection, retries: 0 }, too],
          maxWaiters: 1,
        });
        await one.start();
        one.pause("accounts_too");
        const token = await deposit("a");
        await until(one, "stopped");
        for (let n = 0; n < 3; n++) {
          await rejectsWithReadError(
            one.waitFor(token, { timeoutMs: FOREVER_MS }),
            "PROJECTION_STOPPED",
          );
        }
        const alone = one.waitFor(token, { projection: "accounts_too", timeoutMs: FOREVER_MS });
        await one.resume("accounts_too");
        await time.drive(alone);
      },
    ),

    "measures each event once, however many partitions there are": workers(
      async ({ projector, deposit, reach, time }) => {
        let events = 0;
        const one = await projector({
          projections: [{ projection: accounts as Projection, partitions: 4 }],
          batchSize: 5,
          onBatch: (batch) => void (events += batch.events),
        });
        await one.start();
        await time.advance(1_000);
        await reach(one, await deposit(...NAMES, ...NAMES));
        equal(events, NAMES.length * 2);
        const [status] = (await one.status()).projections;
        ok(status!.eventsPerSecond > 0 && status!.eventsPerSecond <= NAMES.length * 2);
        await time.advance(20_000);
        equal((await one.status()).projections[0]?.eventsPerSecond, 0);
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

    "refuses options that are none": workers(async ({ projector }) => {
      const projection = accounts as Projection;
      for (const bad of [
        { partitions: 0 },
        { partitions: 1.5 },
        { retries: -1 },
        { retries: Number.NaN },
      ]) {
        const made = projector({ projections: [{ projection, ...bad }] });
        await rejectsWithClass(made, RangeError);
      }
      for (const bad of [{ leaseMs: 99 }, { batchSize: 0 }, { maxWaiters: 0 }, { delayMs: -1 }]) {
        await rejectsWithClass(projector(bad), RangeError);
      }
      const unknown = { projection, poison: "ignore" as "stop" };
      await rejectsWithClass(projector({ projections: [unknown] }), TypeError);
      await rejectsWithClass(projector({ owner: "" }), TypeError);
      await rejectsWithClass(projector({ projections: [projection, projection] }), TypeError);
    }),
  });
}
