import type { Lease } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { accounts, deposits } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { LEASE_MS, applyUpTo, benched, follower } from "./store-bench.ts";

/**
 * Lists the promises of the port `ProgressStore` about leases and checkpoints: a partition has one owner, and whoever has
 * lost it cannot write.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function progressStoreContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("progress store", open, {
    "gives a partition to one owner at a time": benched(async ({ store, other, take }) => {
      await store.prepare(follower, 2);
      await take(follower, "ada");
      equal(await store.acquire(follower, asked("bob")), undefined);
      equal(await other.acquire(follower, asked("bob")), undefined, "in another process");
      ok(await other.acquire(follower, asked("bob", 1)), "the other partition is free");
    }),

    "gives a partition to exactly one of many who ask at once": benched(
      async ({ store, other }) => {
        await store.prepare(follower);
        for (let round = 0; round < 10; round++) {
          const leases = await Promise.all(
            Array.from({ length: 8 }, (_, n) =>
              (n % 2 ? store : other).acquire(follower, asked(`worker-${n}`)),
            ),
          );
          const won = leases.filter((lease) => lease !== undefined);
          equal(won.length, 1, `${won.length} got it`);
          await store.release(won[0]!);
        }
      },
    ),

    "begins a new epoch with each lease": benched(async ({ store, take, pass }) => {
      await store.prepare(follower);
      const first = await take(follower, "ada");
      const again = await take(follower, "ada");
      await store.release(again);
      const second = await take(follower, "bob");
      await pass(LEASE_MS + 1);
      const third = await take(follower, "ada");
      const epochs = [first, again, second, third].map(({ epoch }) => epoch);
      deepEqual(
        epochs.map((epoch) => epochs.filter((earlier) => earlier < epoch).length),
        [0, 1, 2, 3],
        `epochs ${epochs.join(", ")} grow`,
      );
    }),

    "fences off the former self of an owner who takes a partition again": benched(
      async ({ store, take, deposit }) => {
        await store.prepare(follower);
        const former = await take(follower, "ada");
        const lease = await take(follower, "ada");
        const [to] = await deposit("a");
        equal(await store.renew(former, LEASE_MS), undefined);
        await rejectsWithReadError(
          store.advance(follower, { from: 0, to: to!, lease: former }),
          "FENCED",
        );
        await store.advance(follower, { from: 0, to: to!, lease });
      },
    ),

    "hands a partition over when the lease has run out, and not before": benched(
      async ({ store, other, pass }) => {
        await store.prepare(follower);
        ok(await store.acquire(follower, asked("ada", 0, 1_000)));
        await pass(400);
        equal(await other.acquire(follower, asked("bob")), undefined, "not yet");
        await pass(700);
        ok(await other.acquire(follower, asked("bob")), "now");
      },
    ),

    "prolongs a lease": benched(async ({ store, pass }) => {
      await store.prepare(follower);
      const lease = await store.acquire(follower, asked("ada", 0, 1_000));
      await pass(600);
      const renewed = await store.renew(lease!, 1_000);
      deepEqual(
        [renewed?.epoch, renewed?.owner, renewed?.partition],
        [lease!.epoch, "ada", 0],
        "it is the same lease",
      );
      await pass(600);
      equal(await store.acquire(follower, asked("bob")), undefined);
      await pass(600);
      ok(await store.acquire(follower, asked("bob")));
    }),

    "prolongs a lease that has run out as long as nobody has taken it": benched(
      async ({ store, pass, deposit }) => {
        await store.prepare(follower);
        const lease = await store.acquire(follower, asked("ada", 0, 100));
        await pass(200);
        const [to] = await deposit("a");
        await store.advance(follower, { from: 0, to: to!, lease: lease! });
        const renewed = await store.renew(lease!, LEASE_MS);
        deepEqual([renewed?.epoch, renewed?.position], [lease!.epoch, to]);
        equal(await store.acquire(follower, asked("bob")), undefined);
      },
    ),

    "says that a lease is lost instead of prolonging it": benched(
      async ({ store, other, pass }) => {
        await store.prepare(follower);
        const lost = await store.acquire(follower, asked("ada", 0, 100));
        await pass(200);
        ok(await other.acquire(follower, asked("bob")));
        equal(await store.renew(lost!, LEASE_MS), undefined);
        const [progress] = await store.loadProgress(follower);
        equal(progress?.owner, "bob");
      },
    ),

    "hands over at once what was given back": benched(async ({ store, other, take }) => {
      await store.prepare(follower);
      await store.release(await take(follower, "ada"));
      equal((await store.loadProgress(follower))[0]?.owner, undefined);
      ok(await other.acquire(follower, asked("bob")));
    }),

    "refuses who goes on under a lease that was given back": benched(
      async ({ store, take, deposit }) => {
        await store.prepare(follower);
        const lease = await take(follower, "ada");
        await store.release(lease);
        const [to] = await deposit("a");
        await rejectsWithReadError(store.advance(follower, { from: 0, to: to!, lease }), "FENCED");
        equal(await store.renew(lease, LEASE_MS), undefined);
      },
    ),

    "lets a zombie change nothing": benched(async ({ store, other, pass, deposit, take }) => {
      await store.prepare(accounts);
      const zombie = await store.acquire(accounts, asked("ada", 0, 100));
      const [first, second] = await deposit("a", "b");
      await pass(200);
      const lease = await take(accounts, "bob");
      await applyUpTo(other, accounts, lease, first!);
      const before = await progressOf(store);
      const { events } = await store.readLog({ after: first!, limit: 10 });
      const step = { from: first!, to: second!, lease: zombie! };
      await rejectsWithReadError(
        store.applyBatch({ ...step, projection: accounts, events }),
        "FENCED",
      );
      await rejectsWithReadError(store.advance(accounts, step), "FENCED");
      const poison = { event: events[0]!, error: "no", attempts: 1, policy: "park" } as const;
      await rejectsWithReadError(store.advance(accounts, { ...step, poison }), "FENCED");
      await rejectsWithReadError(store.halt(zombie!, "a zombie says so"), "FENCED");
      equal(await store.renew(zombie!, LEASE_MS), undefined);
      await store.release(zombie!);
      deepEqual(await progressOf(store), before);
      equal(await store.countDeadLetters(accounts.name), 0);
      deepEqual([...(await documentsOf(store, accounts)).keys()], ["a"]);
      equal(await store.acquire(accounts, asked("cyd")), undefined, "bob holds it still");
      await applyUpTo(store, accounts, lease, second!);
    }),

    "keeps a zombie out also when it writes at the same time as the new owner": benched(
      async ({ store, other, take, deposit }) => {
        await store.prepare(accounts);
        for (let round = 0; round < 10; round++) {
          const zombie = await take(accounts, "ada");
          const from = zombie.position;
          const [to] = await deposit("a");
          const { events } = await store.readLog({ after: from, limit: 10 });
          const [late, taken] = await Promise.allSettled([
            store.applyBatch({ projection: accounts, events, from, to: to!, lease: zombie }),
            other.acquire(accounts, asked("ada")),
          ]);
          ok(taken.status === "fulfilled" && taken.value, "the new owner has it");
          const { position } = taken.value;
          if (late.status === "fulfilled") equal(await store.loadCheckpoint(accounts), to);
          else ok(isReadModelError(late.reason, "FENCED"), String(late.reason));
          if (position < to!) await applyUpTo(other, accounts, taken.value, to!).catch(() => {});
          deepEqual(
            await documentsOf(store, accounts),
            plainFold(
              accounts,
              (await readAll(store, 100)).filter((each) => each.position <= to!),
            ),
          );
        }
      },
    ),

    "hands out no lease on what does not exist": benched(async ({ store }) => {
      equal(await store.acquire(follower, asked("ada")), undefined, "never prepared");
      deepEqual(await store.loadProgress(follower), []);
      await store.prepare(follower, 2);
      equal(await store.acquire(follower, asked("ada", 2)), undefined, "no such partition");
      equal((await store.loadProgress(follower)).length, 2);
    }),

    "tells with a lease how far the partition is, of how many it is one, and why it was halted":
      benched(async ({ store, take, deposit }) => {
        await store.prepare(follower, 3);
        const first = await take(follower, "ada", 1);
        deepEqual(
          [first.name, first.partition, first.partitions, first.owner, first.position],
          [follower.name, 1, 3, "ada", 0],
        );
        ok(!("halted" in first), "it was not halted");
        const [to] = await deposit("a");
        await store.advance(follower, { from: 0, to: to!, lease: first });
        await store.halt(first, "no more");
        await store.release(first);
        const second = await take(follower, "bob", 1);
        deepEqual([second.position, second.halted], [to, "no more"]);
      }),

    "tells who holds which partition, as long as the lease is good": benched(
      async ({ store, other, pass }) => {
        await store.prepare(follower, 2);
        await store.acquire(follower, asked("ada", 1, 1_000));
        const owners = async () => (await other.loadProgress(follower)).map(({ owner }) => owner);
        deepEqual(await owners(), [undefined, "ada"]);
        await pass(1_100);
        deepEqual(await owners(), [undefined, undefined]);
      },
    ),

    "moves a checkpoint by compare-and-swap": benched(async ({ store, take, deposit }) => {
      const positions = await deposit("a", "b", "c");
      await store.prepare(follower);
      await store.advance(follower, { from: 0, to: positions[0]! });
      const lease = await take(follower, "ada");
      for (const from of [0, positions[1]!, positions[2]! + 5]) {
        for (const under of [{}, { lease }]) {
          await rejectsWithReadError(
            store.advance(follower, { from, to: positions[2]!, ...under }),
            "CHECKPOINT_MOVED",
          );
        }
      }
      equal((await store.loadProgress(follower))[0]?.position, positions[0]);
      await store.advance(follower, { from: positions[0]!, to: positions[2]!, lease });
      equal((await store.loadProgress(follower))[0]?.position, positions[2]);
    }),

    "moves a checkpoint once when two move it at the same time": benched(
      async ({ store, other, take, deposit }) => {
        await store.prepare(follower);
        const lease = await take(follower, "ada");
        let from = 0;
        for (let round = 0; round < 10; round++) {
          const [to] = await deposit("a");
          const step = { from, to: to!, lease };
          const outcomes = await Promise.allSettled([
            store.advance(follower, step),
            other.advance(follower, step),
          ]);
          equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
          from = to!;
        }
      },
    ),

    "keeps the checkpoints of partitions and of followers apart": benched(
      async ({ store, take, deposit }) => {
        const another = { ...follower, name: "followed_too" };
        await store.prepare(follower, 3);
        await store.prepare(another);
        const [to] = await deposit("a");
        await store.advance(follower, { from: 0, to: to!, lease: await take(follower, "ada", 1) });
        const positions = async (one: typeof follower) =>
          (await store.loadProgress(one)).map(({ position }) => position);
        deepEqual(await positions(follower), [0, to, 0]);
        deepEqual(await positions(another), [0]);
      },
    ),

    "takes the lowest of its partitions for the checkpoint of a read model": benched(
      async ({ store, take, deposit }) => {
        await store.prepare(accounts, 2);
        const [first, second] = await deposit("a", "b");
        await applyUpTo(store, accounts, await take(accounts, "ada", 0), second!);
        equal(await store.loadCheckpoint(accounts), 0);
        await applyUpTo(store, accounts, await take(accounts, "ada", 1), first!);
        equal(await store.loadCheckpoint(accounts), first);
      },
    ),

    "halts one partition for every process to see, until all may go on": benched(
      async ({ store, other, take }) => {
        await store.prepare(follower, 2);
        await store.halt(await take(follower, "ada", 1), "no more");
        const halts = async () => (await other.loadProgress(follower)).map(({ halted }) => halted);
        deepEqual(await halts(), [undefined, "no more"]);
        await store.prepare(follower, 2);
        deepEqual(await halts(), [undefined, "no more"], "preparing again changes nothing");
        await other.clearHalt(follower);
        deepEqual(await halts(), [undefined, undefined]);
        const renewed = await store.renew(await take(follower, "ada", 1), LEASE_MS);
        equal(renewed?.halted, undefined);
      },
    ),

    "begins at the start of the log, or behind what it holds by now, and only once": benched(
      async ({ store, deposit }) => {
        await deposit("a", "b");
        const head = await store.head();
        const late = { ...follower, name: "late" };
        await store.prepare(follower, 2);
        await store.prepare(late, 2, "now");
        const positions = async (one: typeof follower) =>
          (await store.loadProgress(one)).map(({ position }) => position);
        deepEqual(await positions(follower), [0, 0]);
        deepEqual(await positions(late), [head, head]);
        await deposit("c");
        await store.prepare(late, 2, "now");
        await store.prepare(follower, 2, "now");
        deepEqual(await positions(late), [head, head]);
        deepEqual(await positions(follower), [0, 0]);
        const { events } = await store.readLog({ after: head, limit: 10 });
        equal(events.length, 1, "what comes next is behind it");
      },
    ),

    "prepares once when many prepare at once": benched(async ({ store, other, take, deposit }) => {
      await Promise.all(
        Array.from({ length: 6 }, (_, n) => (n % 2 ? store : other).prepare(follower, 3)),
      );
      const lease = await take(follower, "ada", 2);
      const [to] = await deposit("a");
      await store.advance(follower, { from: 0, to: to!, lease });
      await Promise.all([store.prepare(follower, 3), other.prepare(follower, 3)]);
      deepEqual(
        (await store.loadProgress(follower)).map(({ position }) => position),
        [0, 0, to],
      );
      ok(await store.renew(lease, LEASE_MS), "the lease is still good");
    }),

    "gives no read model and reaction the same name": benched(async ({ store }) => {
      await store.prepare(follower);
      await store.prepare(accounts);
      await rejectsWithClass(store.prepare(accounts.as(follower.name)), TypeError);
      await rejectsWithClass(store.prepare({ ...follower, name: accounts.name }), TypeError);
    }),

    "fences everybody off when a read model is emptied": benched(
      async ({ store, other, take, deposit }) => {
        await store.prepare(accounts, 2);
        const leases = [await take(accounts, "ada", 0), await take(accounts, "bob", 1)];
        const [to] = await deposit("a");
        await other.reset(accounts);
        const { events } = await store.readLog({ after: 0, limit: 10 });
        for (const lease of leases) {
          equal(await store.renew(lease, LEASE_MS), undefined);
          await rejectsWithReadError(
            store.applyBatch({ projection: accounts, events: [], from: 0, to: to!, lease }),
            "FENCED",
          );
        }
        equal(events.length, 1);
        equal((await store.loadProgress(accounts)).length, 2, "it is divided as before");
      },
    ),

    "lets go on what was halted when a read model is emptied": benched(async ({ store, take }) => {
      await store.prepare(accounts);
      await store.halt(await take(accounts, "ada"), "no more");
      await store.reset(accounts);
      equal((await store.loadProgress(accounts))[0]?.halted, undefined);
    }),

    "keeps leases through many appends": benched(async ({ store, take }) => {
      await store.prepare(accounts);
      const lease: Lease = await take(accounts, "ada");
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          store.append({ stream: `s-${n}`, events: deposits("a", 1) }),
        ),
      );
      await applyUpTo(store, accounts, lease, await store.head());
      equal((await store.readModel(accounts).get("a"))?.balance, 20);
    }),
  });

  async function progressOf(store: ReadSideStore) {
    return store.loadProgress(accounts);
  }
}

function asked(owner: string, partition = 0, leaseMs: number = LEASE_MS) {
  return { partition, owner, leaseMs };
}
