import type { Lease, Projection } from "@counterpoint/read-model";
import { isReadModelError, partitionOf } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, nextTurn, ok } from "../node.ts";
import { POISON, accounts, deposits, fragileAccounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore, StoreBench } from "./store-bench.ts";
import { LEASE_MS, applyUpTo, benched, follower } from "./store-bench.ts";

/**
 * Lists the promises of the port `ProgressStore` about dividing the keys anew: nothing is left out and nothing is applied
 * twice, however far the partitions were.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function partitionsContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  const names = ["a", "b", "c", "d", "e", "f", "g"];

  return casesOf("partitions", open, {
    "brings forward what lags, so that all begin at the furthest position": benched(async (on) => {
      const { store } = on;
      for (const [before, after] of [
        [3, 2],
        [2, 5],
        [5, 1],
      ] as const) {
        await store.prepare(accounts, before);
        const positions = await on.deposit(...names, ...names);
        for (let partition = 0; partition < before; partition++) {
          const lease = await on.take(accounts, "ada", partition);
          await applyUpTo(store, accounts, lease, positions[(partition * 5 + 2) % 12]!);
        }
        const progress = await store.loadProgress(accounts);
        const target = Math.max(...progress.map(({ position }) => position));
        await on.other.prepare(accounts, after);
        deepEqual(
          (await store.loadProgress(accounts)).map(({ position }) => position),
          Array.from({ length: after }, () => target),
        );
        await assertFolded(on, accounts, target);
      }
    }),

    "takes all leases away when the keys are divided anew": benched(async (on) => {
      const { store, take, deposit } = on;
      await store.prepare(accounts, 2);
      const lost = [await take(accounts, "ada", 0), await take(accounts, "ada", 1)];
      await store.prepare(accounts, 3);
      const [to] = await deposit("a");
      const { events } = await store.readLog({ after: 0, limit: 1 });
      for (const lease of lost) {
        equal(await store.renew(lease, LEASE_MS), undefined);
        await rejectsWithReadError(
          store.applyBatch({ projection: accounts, events, from: 0, to: to!, lease }),
          "FENCED",
        );
      }
      for (const partition of [0, 1, 2]) {
        const lease = await take(accounts, "bob", partition);
        equal(lease.partitions, 3);
        ok(lease.epoch > Math.max(...lost.map(({ epoch }) => epoch)), "epochs go on growing");
      }
    }),

    "changes nothing when what lags cannot be brought forward": benched(async (on) => {
      const { store, take } = on;
      await store.prepare(fragileAccounts, 3);
      const [ahead, sound, poisoned] = [0, 1, 2].map(
        (partition) => names.find((name) => partitionOf(name, 3) === partition)!, // seven names are enough for three
      );
      const positions = await on.deposit(ahead!, sound!, poisoned!);
      await store.append({ stream: "poison", events: deposits(poisoned!, POISON) });
      await applyUpTo(store, fragileAccounts, await take(fragileAccounts, "x", 2), positions[2]!);
      const lease = await take(fragileAccounts, "ada", 0);
      await applyUpTo(store, fragileAccounts, lease, await store.head());
      const before = await stateOf(on, fragileAccounts);
      await rejectsWithReadError(store.prepare(fragileAccounts, 2), "HANDLER_FAILED");
      deepEqual(await stateOf(on, fragileAccounts), before);
      ok(await store.renew(lease, LEASE_MS), "also the leases are as they were");
      await applyUpTo(store, fragileAccounts, await take(fragileAccounts, "x", 1), positions[2]!);
      equal((await store.readModel(fragileAccounts).get(sound!))?.balance, 1, "applied once");
    }),

    "takes back to the least position what has no documents": benched(async (on) => {
      const { store, take } = on;
      await store.prepare(follower, 2);
      const [first, second] = await on.deposit("a", "b");
      await store.advance(follower, { from: 0, to: second!, lease: await take(follower, "x", 0) });
      await store.advance(follower, { from: 0, to: first!, lease: await take(follower, "x", 1) });
      await store.prepare(follower, 3);
      deepEqual(
        (await store.loadProgress(follower)).map(({ position }) => position),
        [first, first, first],
      );
    }),

    "sets aside what is brought forward behind a parked key": benched(async (on) => {
      const { store, take } = on;
      await store.prepare(accounts, 2);
      const behind = names.find((name) => partitionOf(name, 2) === 1)!;
      const other = names.find((name) => partitionOf(name, 2) === 0)!;
      const [parked, waiting] = await on.deposit(behind, behind, other);
      const [event] = await readAll(store, 10);
      const poison = { event: event!, error: "no", attempts: 1, policy: "park" } as const;
      await store.advance(accounts, {
        ...{ from: 0, to: parked!, poison },
        lease: await take(accounts, "ada", 1),
      });
      await applyUpTo(store, accounts, await take(accounts, "ada", 0), await store.head());
      await store.prepare(accounts, 1);
      const letters = await store.listDeadLetters(accounts.name);
      deepEqual(
        letters.map(({ position, reason }) => [position, reason]),
        [
          [parked, "parked"],
          [waiting, "behind"],
        ],
      );
      equal(await store.readModel(accounts).get(behind), undefined);
    }),

    "applies each event once, in order, while the keys are divided anew": benched(async (on) => {
      const { store, other, deposit } = on;
      await store.prepare(accounts, 3);
      let isOver = false;
      const workers = [store, other].map(async (mine, n) => {
        for (let turn = n; !isOver; turn++) {
          await stepOnce(mine, `worker-${n}`, turn % 5);
          await nextTurn(); // or a store that needs no time would let nobody else have any
        }
      });
      for (const partitions of [1, 4, 2, 5, 3]) {
        await deposit(...names, ...names);
        await Promise.all([deposit(...names), other.prepare(accounts, partitions)]);
        await nextTurn();
      }
      isOver = true;
      await Promise.all(workers);
      const { length } = await store.loadProgress(accounts);
      equal(length, 3);
      for (let partition = 0; partition < length; partition++) {
        const lease = await other.acquire(accounts, { partition, owner: "last", leaseMs: 1_000 });
        const held = lease ?? (await takenOver(on, partition));
        await applyUpTo(store, accounts, held, await store.head());
      }
      await assertFolded(on, accounts, await store.head());
    }),
  });

  /** Takes a partition, a step of up to three events, and gives it back; whatever is refused is left to others. */
  async function stepOnce(store: ReadSideStore, owner: string, partition: number): Promise<void> {
    const lease = await store.acquire(accounts, { partition, owner, leaseMs: LEASE_MS });
    if (!lease) return;
    const { events } = await store.readLog({ after: lease.position, limit: 3 });
    const to = events.at(-1)?.position;
    try {
      if (to !== undefined) await applyUpTo(store, accounts, lease, to);
      await store.release(lease);
    } catch (error) {
      const isRefused = isReadModelError(error, "FENCED");
      if (!isRefused && !isReadModelError(error, "CHECKPOINT_MOVED")) throw error;
    }
  }

  async function takenOver(on: StoreBench, partition: number): Promise<Lease> {
    await on.pass(LEASE_MS + 1);
    return on.take(accounts, "last", partition);
  }

  async function assertFolded(on: StoreBench, projection: Projection, to: number): Promise<void> {
    const events = await readAll(on.store, 1_000);
    const expected = plainFold(
      projection,
      events.filter(({ position }) => position <= to),
    );
    deepEqual(await documentsOf(on.store, projection), expected);
  }

  async function stateOf({ store }: StoreBench, projection: Projection) {
    return [await store.loadProgress(projection), await documentsOf(store, projection)] as const;
  }
}
