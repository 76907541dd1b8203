import type { Projection } from "@counterpoint/read-model";
import { partitionOf } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { FOREVER_MS, breakable, nth, workers } from "./worker-bench.ts";

/**
 * Lists what a projector does about events that cannot be applied: as its policy says, visibly, and never for ever.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function poisonContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("poison", open, {
    "parks the key of an event that fails for good, and goes on with the others": workers(
      async ({ store, projector, deposit, reach }) => {
        const { projection, tries } = breakable(nth("a", 2));
        const one = await projector({
          projections: [{ projection, poison: "park", retries: 2 }],
          batchSize: 3,
        });
        await one.start();
        await reach(one, await deposit("a", "b", "a", "b", "a", "b", "a"));
        equal((await store.readModel(accounts).get("a"))?.history, "d1 ");
        equal((await store.readModel(accounts).get("b"))?.history, "d1 d2 d3 ");
        const letters = await one.deadLetters.list("accounts");
        deepEqual(
          letters.map(({ event, reason, attempts }) => [event.version, reason, attempts]),
          [
            [2, "parked", 3],
            [3, "behind", 0],
            [4, "behind", 0],
          ],
        );
        ok(letters[0]!.error.includes("out of ink"));
        equal(tries.get(letters[0]!.position), 3, "tried as often as it says");
        const [status] = (await one.status()).projections;
        deepEqual([status?.state, status?.deadLetters], ["running", 3]);
      },
    ),

    "skips an event that fails for good, and goes on with its key": workers(
      async ({ store, projector, deposit, reach }) => {
        const { projection } = breakable(nth("a", 2));
        const one = await projector({ projections: [{ projection, poison: "skip", retries: 0 }] });
        await one.start();
        await reach(one, await deposit("a", "a", "b", "a"));
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d3 ");
        const letters = await one.deadLetters.list("accounts");
        deepEqual(
          letters.map(({ event, reason, attempts }) => [event.version, reason, attempts]),
          [[2, "skipped", 1]],
        );
      },
    ),

    "tries a failing event again before it gives up, and an event that recovers in time is not set aside":
      workers(async ({ projector, deposit, reach, folded }) => {
        let failures = 3;
        const { projection } = breakable((event) => nth("a", 2)(event) && failures-- > 0);
        const one = await projector({ projections: [{ projection, poison: "park", retries: 3 }] });
        await one.start();
        await reach(one, await deposit("a", "a", "a"));
        equal((await one.status()).projections[0]?.deadLetters, 0);
        await folded();
      }),

    "counts the failures of one event alone": workers(
      async ({ projector, deposit, reach, folded, store }) => {
        const failures = new Map<number, number>();
        const { projection, tries } = breakable((event) => {
          const before = failures.get(event.position) ?? 0;
          failures.set(event.position, before + 1);
          return before < 2;
        });
        const one = await projector({ projections: [{ projection, poison: "park", retries: 2 }] });
        await one.start();
        await reach(one, await deposit("a", "b", "a", "c", "b"));
        equal(await store.countDeadLetters("accounts"), 0, "each recovered at its third try");
        ok([...tries.values()].every((count) => count >= 3));
        await folded();
      },
    ),

    "takes no failure of the store for one of an event": workers(
      async ({ projector, deposit, reach, store }) => {
        const { projection } = breakable(nth("a", 1));
        let isDown = true;
        const one = await projector(
          { projections: [{ projection, poison: "park", retries: 1 }] },
          {
            plan: ({ method, nth }) =>
              method === "readLog" && isDown && nth <= 9 ? { kind: "fail" } : undefined,
          },
        );
        await one.start();
        await reach(one, await deposit("a"));
        isDown = false;
        equal((await store.listDeadLetters("accounts"))[0]?.attempts, 2);
      },
    ),

    "rests between tries, however many events come in meanwhile": workers(
      async ({ projector, deposit, time, until }) => {
        const { projection, tries } = breakable(nth("a", 1));
        const one = await projector({
          projections: [{ projection, retries: 3 }],
          retryDelayMs: () => 2_000,
        });
        await one.start();
        await deposit("a");
        await until(one, "retrying");
        const [position] = tries.keys();
        for (let n = 0; n < 30; n++) {
          await deposit("b");
          await time.advance(50);
        }
        equal(tries.get(position!), 1);
        const beganMs = time.now();
        await until(one, "stopped");
        ok(time.now() - beganMs >= 4_000, "two more rests");
        equal(tries.get(position!), 4);
      },
    ),

    "stops one partition, and lets the others go on": workers(
      async ({ projector, deposit, time, until, store }) => {
        const other = "bcdefgh"
          .split("")
          .find((key) => partitionOf(key, 4) !== partitionOf("a", 4))!;
        const { projection } = breakable(nth("a", 1));
        const one = await projector({ projections: [{ projection, retries: 0, partitions: 4 }] });
        await one.start();
        const token = await deposit("a", other, other);
        await time.until(async () => (await store.readModel(accounts).get(other))?.balance === 2);
        const status = await until(one, "stopped"); // and that is what the whole says
        deepEqual(
          status.partitions.filter(({ state }) => state === "stopped").length,
          1,
          "one has stopped",
        );
        await rejectsWithReadError(
          time.drive(one.waitFor(token, { timeoutMs: FOREVER_MS })),
          "PROJECTION_STOPPED",
        );
      },
    ),

    "sets an event aside whose key cannot be told, in whichever partition it is": workers(
      async ({ projector, deposit, reach, store }) => {
        for (const [name, partitions] of [
          ["one_part", 1],
          ["many_parts", 4],
        ] as const) {
          const keyless: Projection = {
            ...(accounts as Projection),
            name,
            keyOf(event) {
              if (nth("b", 1)(event)) throw new Error("no key");
              return accounts.keyOf(event);
            },
          };
          const one = await projector({
            projections: [{ projection: keyless, poison: "park", retries: 1, partitions }],
          });
          await one.start();
          await reach(one, await deposit("a", "b", "c", "d"));
          const letters = await store.listDeadLetters(name);
          deepEqual(
            letters.map(({ key, reason, event }) => [key, reason, event.stream]),
            [["", "skipped", "account-b"]],
          );
        }
      },
    ),

    "stops at an event whose key cannot be told, and sends those away who wait for it": workers(
      async ({ projector, deposit, time, until }) => {
        for (const [name, partitions] of [
          ["one_part", 1],
          ["many_parts", 4],
        ] as const) {
          const keyless: Projection = {
            ...(accounts as Projection),
            name,
            keyOf(event) {
              if (nth("b", 1)(event)) throw new Error("no key");
              return accounts.keyOf(event);
            },
          };
          const one = await projector({
            projections: [{ projection: keyless, retries: 1, partitions }],
          });
          await one.start();
          const waiting = one.waitFor(await deposit("a", "b"), { timeoutMs: FOREVER_MS });
          await rejectsWithReadError(time.drive(waiting), "PROJECTION_STOPPED");
          const { error } = await until(one, "stopped");
          ok(error?.includes("no key"), `says why: ${error}`);
        }
      },
    ),

    "goes on, in order, once letters are retried": workers(
      async ({ projector, deposit, reach, folded, store }) => {
        const broken = breakable(nth("a", 2));
        const one = await projector({
          projections: [{ projection: broken.projection, poison: "park", retries: 0 }],
        });
        await one.start();
        await reach(one, await deposit("a", "a", "b", "a"));
        deepEqual(await one.deadLetters.retryAll("accounts"), { applied: 0, left: 2 });
        broken.breaks = () => false;
        const [, behind] = await one.deadLetters.list("accounts");
        await rejectsWithReadError(
          one.deadLetters.retry("accounts", behind!.position),
          "OUT_OF_ORDER",
        );
        deepEqual(await one.deadLetters.retryAll("accounts", { actor: "ada" }), {
          applied: 2,
          left: 0,
        });
        await reach(one, await deposit("a", "b"));
        await folded();
        deepEqual(
          (await one.deadLetters.acts("accounts")).map(({ act, actor }) => [act, actor]),
          [
            ["set aside", "system"],
            ["set aside", "system"],
            ["retry failed", "system"],
            ["retried", "ada"],
            ["retried", "ada"],
          ],
        );
        equal(await store.countDeadLetters("accounts"), 0);
      },
    ),

    "retries and discards single letters, and refuses what is not there": workers(
      async ({ projector, deposit, reach, store }) => {
        const broken = breakable((event) => event.version === 1);
        const one = await projector({
          projections: [{ projection: broken.projection, poison: "park", retries: 0 }],
        });
        await one.start();
        await reach(one, await deposit("a", "b", "c", "a"));
        const office = one.deadLetters;
        const [a, b, c, behind] = (await office.list("accounts")).map(({ position }) => position);
        await rejectsWithReadError(
          office.retry("accounts", a!, { actor: "ada" }),
          "HANDLER_FAILED",
        );
        const [failed] = await office.list("accounts", { key: "a" });
        equal(failed?.attempts, 2);
        await rejectsWithReadError(office.retry("accounts", 4_711), "DEAD_LETTER_NOT_FOUND");
        await rejectsWithReadError(office.retry("nobody", a!), "UNKNOWN_PROJECTION");
        await rejectsWithReadError(office.list("nobody"), "UNKNOWN_PROJECTION");
        const order = { actor: "ada", reason: "a test" };
        await rejectsWithReadError(
          office.discard("accounts", 4_711, order),
          "DEAD_LETTER_NOT_FOUND",
        );
        for (const reason of ["", "  ", undefined]) {
          const unfounded = office.discard("accounts", a!, { reason } as typeof order);
          await rejectsWithClass(unfounded, TypeError);
        }
        broken.breaks = () => false;
        await office.retry("accounts", b!);
        await office.discard("accounts", a!, order);
        await office.retry("accounts", behind!);
        deepEqual(
          (await office.list("accounts")).map(({ position }) => position),
          [c],
        );
        equal((await store.readModel(accounts).get("a"))?.history, "d2 ");
        equal((await store.readModel(accounts).get("b"))?.history, "d1 ");
      },
    ),

    "retries all letters, also more than a page, and leaves the rest of a key that fails": workers(
      async ({ projector, deposit, reach, store }) => {
        const names = Array.from({ length: 60 }, (_, n) => `n${n}`);
        const broken = breakable(({ version }) => version === 1);
        const one = await projector({
          projections: [{ projection: broken.projection, poison: "park", retries: 0 }],
        });
        await one.start();
        await reach(one, await deposit(...names, ...names));
        equal(await store.countDeadLetters("accounts"), 120);
        broken.breaks = nth("n7", 1);
        deepEqual(await one.deadLetters.retryAll("accounts"), { applied: 118, left: 2 });
        const events = await readAll(store, 1_000);
        deepEqual(
          await documentsOf(store, accounts),
          plainFold(
            accounts,
            events.filter(({ stream }) => stream !== "account-n7"),
          ),
        );
      },
    ),

    "is emptied of letters by a rebuild in place, and sets aside again what still fails": workers(
      async ({ projector, deposit, reach, folded, store }) => {
        const broken = breakable((event) => nth("a", 1)(event) || nth("b", 1)(event));
        const one = await projector({
          projections: [{ projection: broken.projection, poison: "park", retries: 0 }],
        });
        await one.start();
        const token = await deposit("a", "b", "a", "b");
        await reach(one, token);
        broken.breaks = nth("b", 1);
        await one.rebuild("accounts");
        await reach(one, token);
        deepEqual(
          (await store.listDeadLetters("accounts")).map(({ key, reason }) => [key, reason]),
          [
            ["b", "parked"],
            ["b", "behind"],
          ],
        );
        broken.breaks = () => false;
        await one.rebuild("accounts");
        await reach(one, token);
        equal(await store.countDeadLetters("accounts"), 0);
        await folded();
      },
    ),

    "stays stopped through a restart, for every worker, until it is resumed by any": workers(
      async ({ projector, deposit, reach, folded, until }) => {
        const broken = breakable(nth("a", 2));
        const options = { projections: [{ projection: broken.projection, retries: 0 }] };
        const first = await projector(options);
        await first.start();
        const token = await deposit("a", "a", "a");
        await until(first, "stopped");
        await first.stop();
        const [second, third] = [await projector(options), await projector(options)];
        await second.start();
        await third.start();
        for (const each of [second, third]) {
          const { error } = await until(each, "stopped");
          ok(error?.includes("out of ink"), `says why: ${error}`);
          await rejectsWithReadError(each.waitFor(token), "PROJECTION_STOPPED");
        }
        broken.breaks = () => false;
        await third.resume();
        await reach(third, token);
        await until(second, "running");
        await reach(second, token);
        await folded();
      },
    ),

    "can be divided anew also when it has stopped, or goes on as it was": workers(
      async ({ projector, deposit, reach, folded, until, time, store }) => {
        const names = "abcdefgh".split("");
        const broken = breakable(nth("c", 1));
        const setup = { projection: broken.projection, retries: 0 };
        const first = await projector({ projections: [{ ...setup, partitions: 3 }] });
        await first.start();
        const token = await deposit(...names, ...names);
        const head = await store.head();
        await time.until(async () => {
          const progress = await store.loadProgress(accounts);
          return progress.filter(({ position }) => position === head).length === 2; // of three
        });
        await until(first, "stopped");
        await first.stop();
        const second = await projector({ projections: [{ ...setup, partitions: 2 }] });
        await second.start();
        await until(second, "stopped");
        equal((await store.loadProgress(accounts)).length, 3, "it could not be brought forward");
        await second.stop();
        broken.breaks = () => false;
        const third = await projector({ projections: [{ ...setup, partitions: 2 }] });
        await third.start();
        await reach(third, token);
        equal((await store.loadProgress(accounts)).length, 2);
        await folded();
      },
    ),
  });
}
