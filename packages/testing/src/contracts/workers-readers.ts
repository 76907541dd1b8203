import type { ProjectionBatch } from "@counterpoint/read-model";
import { partitionOf } from "@counterpoint/read-model";
import { rejectsWithReadError } from "../expectations.ts";
import { ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { FOREVER_MS, breakable, gate, nth, workers } from "./worker-bench.ts";
import type { CaseSetup } from "../contract-case.ts";

const NAMES = "abcdefghijkl".split("");

/** Readers that wait, whoever works. */
export const READERS: Readonly<Record<string, CaseSetup<ReadSideStore>>> = {
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
};
