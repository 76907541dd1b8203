import type { Poison, Projection } from "@counterpoint/read-model";
import type { CaseSetup, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, nextTurn, ok } from "../node.ts";
import { POISON, accounts, deposits, fragileAccounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore, StoreBench } from "./store-bench.ts";
import { LEASE_MS, applyUpTo, benched } from "./store-bench.ts";

const { name } = accounts;

/** The fold by which accounts are rebuilt: every deposit counts a thousand times, so that old and new can be told apart. */
const dearer: Projection = {
  ...accounts,
  name: "dearer",
  apply(row, event) {
    const { payload } = event as { payload: { amount?: number } };
    const amount = (payload.amount ?? 0) * 1_000;
    const after = accounts.apply(row as never, {
      ...event,
      payload: { ...(payload as object), amount },
    });
    return after;
  },
};

/**
 * Lists the promises of `ProjectionStore.replace`: a read model that was built beside another takes its place at one stroke.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function replaceContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("replacing a read model", open, {
    "puts new documents in the place of old ones": benched(async (on) => {
      await built(on, accounts, "a", "b");
      await built(on, dearer);
      ok(await on.other.replace(accounts, dearer));
      await assertNew(on, await on.store.head());
      await goesOn(on);
    }),

    "brings the replacement forward to where the old read model was": benched(async (on) => {
      const { store } = on;
      await built(on, accounts, "a");
      await built(on, dearer);
      await built(on, accounts, "b", "a");
      await on.deposit("c");
      const reached = await store.loadCheckpoint(accounts);
      ok(await store.replace(accounts, dearer));
      equal(await store.loadCheckpoint(accounts), reached);
      await assertNew(on, reached);
      await goesOn(on);
    }),

    "takes over the checkpoint of a replacement that is further": benched(async (on) => {
      const { store } = on;
      await built(on, accounts, "a");
      await built(on, dearer, "a", "b");
      const reached = await store.loadCheckpoint(dearer);
      ok(await store.replace(accounts, dearer));
      equal(await store.loadCheckpoint(accounts), reached);
      await assertNew(on, reached);
      await goesOn(on);
    }),

    "brings the partitions of the replacement forward, each from where it is": benched(
      async (on) => {
        const { store } = on;
        await store.prepare(dearer, 2);
        await built(on, accounts, ..."abcdef".split(""));
        const half = (await readAll(store, 10))[2]!.position;
        await applyUpTo(store, dearer, await on.take(dearer, "ada", 0), half);
        await applyUpTo(store, dearer, await on.take(dearer, "ada", 1), await store.head());
        ok(await store.replace(accounts, dearer));
        await assertNew(on, await store.head());
      },
    ),

    "lets all partitions begin where the replacement is, under new leases": benched(async (on) => {
      const { store, take } = on;
      await store.prepare(accounts, 3);
      await on.deposit("a", "b", "c");
      const lease = await take(accounts, "ada", 1);
      await applyUpTo(store, accounts, lease, await store.head());
      await store.halt(lease, "no more");
      await built(on, dearer);
      const head = await store.head();
      ok(await store.replace(accounts, dearer));
      deepEqual(
        (await store.loadProgress(accounts)).map(({ position, owner, halted }) => [
          position,
          owner,
          halted,
        ]),
        Array.from({ length: 3 }, () => [head, undefined, undefined]),
      );
      equal(await store.renew(lease, LEASE_MS), undefined);
      ok((await take(accounts, "bob", 1)).epoch > lease.epoch);
    }),

    "changes nothing when an event on the way cannot be applied": benched(async (on) => {
      const { store } = on;
      const fragile = fragileAccounts.as("fragile_next");
      const next: Projection = { ...fragile, apply: fragileAccounts.apply as Projection["apply"] };
      await built(on, accounts, "a");
      await built(on, next);
      await store.append({ stream: "account-b", events: deposits("b", 1, POISON) });
      await built(on, accounts);
      const state = async () => [
        await store.loadProgress(accounts),
        await documentsOf(store, accounts),
        await store.loadProgress(next),
        await documentsOf(store, next),
      ];
      const before = await state();
      await rejectsWithReadError(store.replace(accounts, next), "HANDLER_FAILED");
      deepEqual(await state(), before);
    }),

    "takes the letters of the replacement along, and clears the old ones": benched(async (on) => {
      const { store } = on;
      await on.deposit("a", "b", "a", "b");
      await parkFirst(on, accounts, 0);
      await parkFirst(on, dearer, 1);
      ok(await store.replace(accounts, dearer));
      const letters = await store.listDeadLetters(name);
      const events = await readAll(store, 10);
      deepEqual(
        letters.map(({ name, position, reason }) => [name, position, reason]),
        [
          [name, events[1]!.position, "parked"],
          [name, events[3]!.position, "behind"],
        ],
      );
      deepEqual(await store.parkedKeys(name, ["a", "b"]), ["b"]);
      equal(await store.countDeadLetters(dearer.name), 0);
      deepEqual(
        (await store.listDeadLetterActs(name)).slice(2).map(({ act, position }) => [act, position]),
        [
          ["cleared by a rebuild", events[0]!.position],
          ["cleared by a rebuild", events[2]!.position],
          ["set aside", events[1]!.position],
          ["set aside", events[3]!.position],
        ],
      );
      ok(await store.retryDeadLetter({ ...dearer, name }, events[1]!.position));
      ok(await store.retryDeadLetter({ ...dearer, name }, events[3]!.position));
      await assertNew(on, await store.head());
    }),

    "leaves nothing of the replacement behind": benched(async (on) => {
      const { store, other } = on;
      await built(on, accounts, "a");
      await built(on, dearer);
      const zombie = await on.take(dearer, "ada");
      ok(await store.replace(accounts, dearer));
      deepEqual(await other.loadProgress(dearer), []);
      equal(await other.acquire(dearer, { partition: 0, owner: "bob", leaseMs: 1 }), undefined);
      equal(await other.replace(accounts, dearer), false, "there is none any more");
      await assertNew(on, await store.head());
      await other.prepare(dearer);
      const lease = await on.take(dearer, "bob");
      equal(lease.position, 0);
      ok(lease.epoch > zombie.epoch, "epochs go on growing under the same name");
      equal((await documentsOf(store, dearer)).size, 0);
      await rejectsWithReadError(store.replace(accounts, dearer, zombie), "FENCED");
      const step = { from: 0, to: 1, lease: zombie };
      await rejectsWithReadError(
        store.applyBatch({ ...step, projection: dearer, events: [] }),
        "FENCED",
      );
    }),

    "replaces nothing with what was never begun": benched(async (on) => {
      await built(on, accounts, "a");
      const before = await documentsOf(on.store, accounts);
      equal(await on.store.replace(accounts, dearer), false);
      deepEqual(await documentsOf(on.store, accounts), before);
    }),

    "lets only the worker replace who holds the replacement": benched(async (on) => {
      const { store, take, pass } = on;
      await built(on, accounts, "a");
      await built(on, dearer);
      const lost = await take(dearer, "ada");
      await pass(LEASE_MS + 1);
      const lease = await take(dearer, "bob");
      const before = await documentsOf(store, accounts);
      await rejectsWithReadError(store.replace(accounts, dearer, lost), "FENCED");
      deepEqual(await documentsOf(store, accounts), before);
      ok(await store.replace(accounts, dearer, lease));
    }),

    "is done once when two do it at the same time": benched(async (on) => {
      const { store, other } = on;
      for (let round = 0; round < 5; round++) {
        await built(on, accounts, "a");
        await built(on, dearer);
        const done = await Promise.all([
          store.replace(accounts, dearer),
          other.replace(accounts, dearer),
        ]);
        deepEqual(done.toSorted(), [false, true]);
        await assertNew(on, await store.head());
        await store.reset(accounts);
      }
    }),

    "shows readers the old documents or the new ones, and never some of both": benched(
      async (on) => {
        const { store, other } = on;
        for (let round = 0; round < 5; round++) {
          await built(on, accounts, ..."abcdefgh".split(""));
          await built(on, dearer);
          let isOver = false;
          const seen = new Set<string>();
          const reading = (async () => {
            while (!isOver) {
              const documents = [...(await documentsOf(other, accounts)).values()];
              const kinds = documents.map(({ balance }) =>
                (balance as number) >= 1_000 ? "n" : "o",
              );
              await nextTurn(); // or a store that needs no time would let nobody else have any
              seen.add(`${documents.length}:${[...new Set(kinds)].join("")}`);
            }
          })();
          await store.replace(accounts, dearer);
          isOver = true;
          await reading;
          ok(
            [...seen].every((each) => each === "8:o" || each === "8:n"),
            [...seen].join(" "),
          );
          await store.reset(accounts);
        }
      },
    ),

    "brings the replacement of an inline read model to the head of the log": inline(async (on) => {
      const { store } = on;
      await on.deposit("a", "b");
      await built(on, dearer);
      await on.deposit("a", "c");
      ok(await store.replace(accounts, dearer));
      await assertNew(on, await store.head());
      deepEqual(await store.loadProgress(dearer), []);
      await on.deposit("a");
      equal((await store.readModel(accounts).get("a"))?.balance, 2_001, "appends go on from it");
    }),

    "changes nothing inline when an event on the way cannot be applied": inline(async (on) => {
      const { store } = on;
      await on.deposit("a");
      const next: Projection = {
        ...dearer,
        apply(row, event) {
          if (event.stream === "account-b") throw new Error("cannot");
          return dearer.apply(row, event);
        },
      };
      await built(on, next);
      await on.deposit("b");
      const before = await documentsOf(store, accounts);
      await rejectsWithReadError(store.replace(accounts, next), "HANDLER_FAILED");
      deepEqual(await documentsOf(store, accounts), before);
      equal((await store.loadProgress(next)).length, 1);
    }),

    "loses nothing that is appended while an inline read model is replaced": inline(async (on) => {
      const { store, other } = on;
      const same = accounts.as("same");
      for (let round = 1; round <= 5; round++) {
        await built(on, same);
        const replaced = other.replace(accounts, same);
        for (let n = 0; n < 5; n++) {
          const appending = [n, n + 5].map((stream) =>
            store.append({ stream: `s-${stream}`, events: deposits("shared", 1) }),
          );
          await Promise.all([...appending, nextTurn()]);
        }
        await replaced;
        equal((await store.readModel(accounts).get("shared"))?.balance, round * 10);
      }
    }),
  });

  function inline(play: (on: StoreBench) => Promise<void>): CaseSetup<ReadSideStore> {
    return benched(play, { inline: [accounts] });
  }
}

/** Appends deposits and builds a read model up to the head of the log. */
async function built(on: StoreBench, projection: Projection, ...names: string[]): Promise<void> {
  const { store } = on;
  const before = await store.loadProgress(projection);
  if (before.length === 0) await store.prepare(projection);
  if (names.length > 0) await on.deposit(...names);
  const lease = await on.take(projection, "builder");
  await applyUpTo(store, projection, lease, await store.head());
  await store.release(lease);
}

/** Parks the nth event, whose predecessors are applied, and lets the rest of its key wait. */
async function parkFirst(on: StoreBench, projection: Projection, nth: number): Promise<void> {
  const { store } = on;
  await store.prepare(projection);
  const event = (await readAll(store, 10))[nth]!;
  const lease = await on.take(projection, "ada");
  if (nth > 0) await applyUpTo(store, projection, lease, event.position - 1);
  const poison: Poison = { event, error: "no", attempts: 1, policy: "park" };
  const from = await store.loadCheckpoint(projection);
  await store.advance(projection, { from, to: event.position, lease, poison });
  await applyUpTo(store, projection, lease, await store.head());
  await store.release(lease);
}

async function assertNew({ store }: StoreBench, to: number): Promise<void> {
  const events = (await readAll(store, 1_000)).filter(({ position }) => position <= to);
  deepEqual(sums(await documentsOf(store, accounts)), sums(plainFold(dearer, events)));
}

/** The balances, as letters that were retried late leave the history in another order. */
function sums(documents: ReadonlyMap<string, Readonly<Record<string, unknown>>>) {
  return new Map([...documents].map(([key, { balance }]) => [key, balance]));
}

/** Asserts that the replaced read model goes on from its checkpoint. */
async function goesOn(on: StoreBench): Promise<void> {
  const before = (await on.store.readModel(accounts).get("z"))?.balance;
  equal(before, undefined);
  await built(on, accounts, "z");
  equal((await on.store.readModel(accounts).get("z"))?.balance, 1);
}
