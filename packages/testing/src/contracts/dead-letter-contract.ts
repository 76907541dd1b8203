import type { RecordedEvent } from "@counterpoint/events";
import type { Poison, Projection } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { POISON, accounts, deposits, fragileAccounts } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore, StoreBench } from "./store-bench.ts";
import { applyUpTo, benched, follower } from "./store-bench.ts";

const { name } = accounts;

/**
 * Lists the promises of the ports `DeadLetterStore` and `ProjectionStore` about what could not be handled: it is kept, its
 * key waits in order, and whatever is done about it is written down.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function deadLetterContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("dead letters", open, {
    "keeps what was set aside, with everything that is to be known about it": benched(
      async (on) => {
        const { store, other } = on;
        await store.prepare(accounts);
        await on.deposit("a", "b");
        const [event] = await readAll(store, 10);
        await setAside(on, accounts, event!, { error: "out of ink", attempts: 4 });
        const [letter, ...rest] = await other.listDeadLetters(name);
        deepEqual(rest, []);
        const { setAsideAt, ...known } = letter!;
        deepEqual(known, {
          ...{ name, position: event!.position, key: "a", event, reason: "parked" },
          ...{ error: "out of ink", attempts: 4 },
        });
        ok(setAsideAt instanceof Date && !Number.isNaN(setAsideAt.getTime()));
        equal(await other.countDeadLetters(name), 1);
      },
    ),

    "sets an event aside and moves the checkpoint, both or neither": benched(async (on) => {
      const { store } = on;
      await store.prepare(accounts);
      const [first, second] = await on.deposit("a", "b");
      const [, event] = await readAll(store, 10);
      const poison: Poison = { event: event!, error: "no", attempts: 1, policy: "skip" };
      const lease = await on.take(accounts, "ada");
      const lost = { ...lease, epoch: lease.epoch - 1 };
      for (const act of [store.advance, applying(store)]) {
        await rejectsWithReadError(
          act(accounts, { from: first!, to: second!, lease, poison }),
          "CHECKPOINT_MOVED",
        );
        await rejectsWithReadError(
          act(accounts, { from: 0, to: second!, lease: lost, poison }),
          "FENCED",
        );
        equal(await store.countDeadLetters(name), 0);
      }
      await applyUpTo(store, accounts, lease, first!);
      await applying(store)(accounts, { from: first!, to: second!, lease, poison });
      equal(await store.countDeadLetters(name), 1);
      equal(await store.loadCheckpoint(accounts), second);
      deepEqual([...(await documentsOf(store, accounts)).keys()], ["a"]);
    }),

    "goes on with the key of an event that is skipped": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "skip", ["a", "a", "b"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      deepEqual(await reasons(store), [[events[0]!.position, "skipped"]]);
      deepEqual(await documentsOf(store, accounts), plainFold(accounts, events.slice(1)));
    }),

    "lets later events of a parked key wait, and others go on": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "b", "a", "c", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      deepEqual(await reasons(store), [
        [events[0]!.position, "parked"],
        [events[2]!.position, "behind"],
        [events[4]!.position, "behind"],
      ]);
      deepEqual([...(await documentsOf(store, accounts)).keys()].toSorted(), ["b", "c"]);
      equal(await store.loadCheckpoint(accounts), rest.head);
      const [, behind] = await store.listDeadLetters(name);
      deepEqual([behind?.error, behind?.attempts, behind?.key], ["", 0, "a"]);
    }),

    "remembers over batches and processes which keys are parked": benched(async (on) => {
      const { store, other } = on;
      const { rest } = await poisonedFirst(on, "park", ["a"]);
      const positions = [...(await on.deposit("b", "a")), ...(await on.deposit("a", "b"))];
      for (const [index, to] of positions.entries()) {
        await applyUpTo(index % 2 ? store : other, accounts, rest.lease, to);
      }
      deepEqual(await other.parkedKeys(name, ["a", "b", "c"]), ["a"]);
      deepEqual(await store.parkedKeys("somebody_else", ["a"]), []);
      deepEqual(await reasons(store), [
        [rest.head, "parked"],
        [positions[1]!, "behind"],
        [positions[2]!, "behind"],
      ]);
      equal((await store.readModel(accounts).get("b"))?.balance, 2);
      equal(await store.readModel(accounts).get("a"), undefined);
    }),

    "keeps one letter for a position, as it was first": benched(async (on) => {
      const { store } = on;
      await store.prepare(follower);
      await on.deposit("a");
      const [event] = await readAll(store, 10);
      await setAside(on, follower, event!, { error: "first" });
      await store.prepare(follower, 2);
      await store.prepare(follower, 1);
      const again = { ...follower, name: "again" };
      await store.prepare(again);
      await setAside(on, again, event!, { error: "elsewhere" });
      const [letter, ...rest] = await store.listDeadLetters(follower.name);
      deepEqual([letter?.error, rest.length], ["first", 0]);
      const step = { from: event!.position, to: event!.position };
      const poison: Poison = { event: event!, error: "second", attempts: 9, policy: "park" };
      await store.advance(follower, { ...step, poison });
      const after = await store.listDeadLetters(follower.name);
      deepEqual(after, [letter]);
    }),

    "lists letters in the order of positions, page by page and key by key": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "b", "a", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      await on.deposit("c", "a");
      const all = await readAll(store, 10);
      const poison: Poison = { event: all[4]!, error: "no", attempts: 1, policy: "park" };
      const to = all[4]!.position;
      await store.applyBatch({
        ...{ projection: accounts, events: [], from: rest.head, to, lease: rest.lease, poison },
      });
      await applyUpTo(store, accounts, rest.lease, await store.head());
      const at = async (options: Parameters<ReadSideStore["listDeadLetters"]>[1]) =>
        (await store.listDeadLetters(name, options)).map(({ position }) => position);
      const expected = [0, 2, 3, 4, 5].map((index) => all[index]!.position);
      deepEqual(await at({}), expected);
      deepEqual(await at({ limit: 2 }), expected.slice(0, 2));
      deepEqual(await at({ after: expected[1]!, limit: 2 }), expected.slice(2, 4));
      deepEqual(await at({ key: "c" }), [expected[3]]);
      deepEqual(await at({ key: "a", after: expected[1]! }), [expected[2], expected[4]]);
      equal(events.length, 4);
    }),

    "lets nothing wait behind an event whose key cannot be told": benched(async (on) => {
      const { store } = on;
      let isBroken = true;
      const forgetful: Projection = {
        ...accounts,
        keyOf(event) {
          if (isBroken && event.stream === "account-x") throw new Error("no key");
          return accounts.keyOf(event);
        },
      };
      await store.prepare(forgetful);
      const [poisoned, second] = await on.deposit("x", "b");
      const [event] = await readAll(store, 10);
      await setAside(on, forgetful, event!, {});
      deepEqual(await reasons(store), [[poisoned, "skipped"]]);
      equal((await store.listDeadLetters(name))[0]?.key, "");
      deepEqual(await store.parkedKeys(name, [""]), []);
      await applyUpTo(store, forgetful, await on.take(forgetful, "ada"), second!);
      equal((await store.readModel(accounts).get("b"))?.balance, 1);
      const [third] = await on.deposit("b");
      await applyUpTo(store, forgetful, await on.take(forgetful, "ada"), third!);

      await store.append({ stream: "account-x", events: deposits("b", 10) });
      isBroken = false;
      await applyUpTo(store, forgetful, await on.take(forgetful, "ada"), await store.head());
      ok(await store.retryDeadLetter(forgetful, poisoned!));
      equal((await store.readModel(accounts).get("x"))?.balance, 1);
    }),

    "applies a repaired event to the documents as they are by then": benched(async (on) => {
      const { store } = on;
      let isBroken = true;
      const forgetful: Projection = {
        ...accounts,
        keyOf(event) {
          if (isBroken && event.version === 1) throw new Error("no key");
          return accounts.keyOf(event);
        },
      };
      await store.prepare(forgetful);
      const [poisoned] = await on.deposit("a", "a", "a");
      const [event] = await readAll(store, 10);
      await setAside(on, forgetful, event!, {});
      await applyUpTo(store, forgetful, await on.take(forgetful, "ada"), await store.head());
      isBroken = false;
      ok(await store.retryDeadLetter(forgetful, poisoned!));
      equal((await store.readModel(accounts).get("a"))?.history, "d2 d3 d1 ");
    }),

    "applies a letter and closes it, and frees the key with the last": benched(async (on) => {
      const { store, other } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "a", "b", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      const letters = [0, 1, 3].map((index) => events[index]!);
      for (const [index, { position }] of letters.entries()) {
        deepEqual(await store.parkedKeys(name, ["a"]), ["a"]);
        ok(await other.retryDeadLetter(accounts, position, { actor: "ada", reason: "repaired" }));
        equal((await store.readModel(accounts).get("a"))?.balance, index + 1);
        equal(await store.countDeadLetters(name), letters.length - index - 1);
      }
      deepEqual(await store.parkedKeys(name, ["a"]), []);
      const [to] = await on.deposit("a");
      await applyUpTo(store, accounts, rest.lease, to!);
      deepEqual(await documentsOf(store, accounts), plainFold(accounts, await readAll(store, 10)));
      equal(await store.countDeadLetters(name), 0);
      deepEqual(
        (await store.listDeadLetterActs(name))
          .filter(({ act }) => act === "retried")
          .map(({ position, actor, reason }) => [position, actor, reason]),
        letters.map(({ position }) => [position, "ada", "repaired"]),
      );
    }),

    "retries nothing that waits behind an older letter of its key": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "a", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      for (const { position } of events.slice(1)) {
        await rejectsWithReadError(store.retryDeadLetter(accounts, position), "OUT_OF_ORDER");
      }
      equal(await store.readModel(accounts).get("a"), undefined);
      ok(await store.retryDeadLetter(accounts, events[0]!.position));
      await rejectsWithReadError(
        store.retryDeadLetter(accounts, events[2]!.position),
        "OUT_OF_ORDER",
      );
      equal(await store.countDeadLetters(name), 2);
    }),

    "retries skipped letters in any order, and lets none wait behind them": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "skip", ["a", "a", "a", "a"]);
      const { lease } = rest;
      const aside = async (index: number, policy: "skip" | "park"): Promise<void> => {
        const event = events[index]!;
        const poison: Poison = { event, error: "no", attempts: 1, policy };
        const from = events[index - 1]!.position;
        await store.advance(accounts, { from, to: event.position, lease, poison });
      };
      await aside(1, "skip");
      await aside(2, "park");
      await applyUpTo(store, accounts, lease, rest.head);
      const [first, second, parked, behind] = events.map(({ position }) => position);
      await rejectsWithReadError(store.retryDeadLetter(accounts, behind!), "OUT_OF_ORDER");
      ok(await store.retryDeadLetter(accounts, second!));
      ok(await store.retryDeadLetter(accounts, parked!), "the skipped one does not hold it up");
      ok(await store.retryDeadLetter(accounts, behind!));
      ok(await store.retryDeadLetter(accounts, first!));
      equal((await store.readModel(accounts).get("a"))?.history, "d2 d3 d4 d1 ");
    }),

    "leaves letter and documents when a retry fails again": benched(async (on) => {
      const { store } = on;
      await store.prepare(fragileAccounts);
      await on.deposit("a");
      await store.append({ stream: "account-a", events: deposits("a", POISON) });
      const [first, event] = await readAll(store, 10);
      const lease = await on.take(fragileAccounts, "ada");
      await applyUpTo(store, fragileAccounts, lease, first!.position);
      const poison: Poison = { event: event!, error: "no", attempts: 4, policy: "park" };
      const step = { from: first!.position, to: event!.position, lease, poison };
      await store.advance(fragileAccounts, step);
      const before = await store.listDeadLetters(fragileAccounts.name);
      await rejectsWithReadError(
        store.retryDeadLetter(fragileAccounts, event!.position),
        "HANDLER_FAILED",
      );
      deepEqual(await store.listDeadLetters(fragileAccounts.name), before);
      equal((await store.readModel(fragileAccounts).get("a"))?.balance, 1);
      deepEqual(await store.parkedKeys(fragileAccounts.name, ["a"]), ["a"]);
    }),

    "notes a failed retry, and with what it failed": benched(async (on) => {
      const { store } = on;
      const { rest } = await poisonedFirst(on, "park", ["a"]);
      await store.noteFailedRetry(name, rest.head, "still no ink", { actor: "ada" });
      const [letter] = await store.listDeadLetters(name);
      deepEqual([letter?.error, letter?.attempts], ["still no ink", 2]);
      const act = (await store.listDeadLetterActs(name)).at(-1);
      deepEqual(
        [act?.act, act?.actor, act?.reason, act?.position],
        ["retry failed", "ada", "still no ink", rest.head],
      );
      await store.noteFailedRetry(name, rest.head + 1, "no such letter");
      equal((await store.listDeadLetterActs(name)).at(-1)?.reason, "still no ink");
    }),

    "gives a letter up for a reason": benched(async (on) => {
      const { store, other } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      const { position } = events[0]!;
      const order = { actor: "ada", reason: "sent by mistake" };
      ok(await other.closeDeadLetter(name, position, "discarded", order));
      equal(await other.closeDeadLetter(name, position, "discarded", order), false);
      deepEqual(await store.parkedKeys(name, ["a"]), ["a"], "one is left");
      ok(await store.retryDeadLetter(accounts, events[1]!.position));
      equal((await store.readModel(accounts).get("a"))?.history, "d2 ");
      deepEqual(
        (await store.listDeadLetterActs(name)).map(({ act, actor, reason, position }) => [
          act,
          actor,
          reason,
          position,
        ]),
        [
          ["set aside", "system", "no", position],
          ["set aside", "system", "", events[1]!.position],
          ["discarded", "ada", "sent by mistake", position],
          ["retried", "system", "", events[1]!.position],
        ],
      );
    }),

    "retries nothing that is not there": benched(async (on) => {
      const { store } = on;
      await poisonedFirst(on, "park", ["a"]);
      equal(await store.retryDeadLetter(accounts, 4_711), false);
      equal(await store.closeDeadLetter(name, 4_711, "discarded"), false);
      equal((await store.listDeadLetterActs(name)).length, 1);
    }),

    "applies a letter once when two retry it at the same time": benched(async (on) => {
      const { store, other } = on;
      const { events, rest } = await poisonedFirst(on, "skip", ["a", "b"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      const outcomes = await Promise.all(
        [store, other, store, other].map((mine) =>
          mine.retryDeadLetter(accounts, events[0]!.position),
        ),
      );
      equal(outcomes.filter((done) => done).length, 1);
      equal((await store.readModel(accounts).get("a"))?.balance, 1);
    }),

    "keeps the order of a key while its letters are retried and its events come in": benched(
      async (on) => {
        const { store, other } = on;
        const { rest } = await poisonedFirst(on, "park", ["a"]);
        for (let round = 0; round < 10; round++) {
          const [to] = await on.deposit("a");
          await Promise.all([applyUpTo(store, accounts, rest.lease, to!), retryAll(other)]);
        }
        await retryAll(other);
        equal(await store.countDeadLetters(name), 0);
        const expected = Array.from({ length: 11 }, (_, n) => `d${n + 1} `).join("");
        equal((await store.readModel(accounts).get("a"))?.history, expected);
      },
    ),

    "sets a reaction's event behind a parked one only while there is one": benched(async (on) => {
      const { store, take } = on;
      await store.prepare(follower);
      const [first, second, third] = await on.deposit("a", "a", "a");
      const events = await readAll(store, 10);
      await setAside(on, follower, events[0]!, {});
      const lease = await take(follower, "ada");
      const behind = (index: number) => ({
        ...{ lease, from: events[index - 1]!.position, to: events[index]!.position },
        poison: { event: events[index]!, error: "", attempts: 0, policy: "behind" } as const,
      });
      await store.advance(follower, behind(1));
      deepEqual(
        (await store.listDeadLetters(follower.name)).map(({ reason, position }) => [
          position,
          reason,
        ]),
        [
          [first, "parked"],
          [second, "behind"],
        ],
      );
      for (const position of [first!, second!]) {
        await store.closeDeadLetter(follower.name, position, "retried");
      }
      await rejectsWithReadError(store.advance(follower, behind(2)), "DEAD_LETTER_NOT_FOUND");
      equal((await store.loadProgress(follower))[0]?.position, second);
      equal(await store.countDeadLetters(follower.name), 0);
      equal(third, events[2]!.position);
    }),

    "writes down what was done, oldest first, and forgets nothing": benched(async (on) => {
      const { store, other } = on;
      const { rest } = await poisonedFirst(on, "park", ["a"]);
      await store.noteFailedRetry(name, rest.head, "once");
      const before = await store.listDeadLetterActs(name);
      await store.noteFailedRetry(name, rest.head, "twice");
      await store.closeDeadLetter(name, rest.head, "discarded", { reason: "enough" });
      await store.reset(accounts);
      const acts = await other.listDeadLetterActs(name);
      deepEqual(acts.slice(0, before.length), before);
      deepEqual(
        acts.map(({ act }) => act),
        ["set aside", "retry failed", "retry failed", "discarded"],
      );
      deepEqual(await store.listDeadLetterActs(name, { limit: 2 }), acts.slice(0, 2));
      ok(acts.every(({ at }) => at instanceof Date));
    }),

    "clears letters when a read model is emptied, and writes that down": benched(async (on) => {
      const { store } = on;
      const { events, rest } = await poisonedFirst(on, "park", ["a", "a"]);
      await applyUpTo(store, accounts, rest.lease, rest.head);
      await store.reset(accounts);
      equal(await store.countDeadLetters(name), 0);
      deepEqual(await store.parkedKeys(name, ["a"]), []);
      deepEqual(
        (await store.listDeadLetterActs(name))
          .slice(-2)
          .map(({ act, position }) => [act, position]),
        events.map(({ position }) => ["cleared by a rebuild", position]),
      );
      await applyUpTo(store, accounts, await on.take(accounts, "ada"), rest.head);
      equal((await store.readModel(accounts).get("a"))?.balance, 2);
    }),

    "keeps the letters of several followers apart": benched(async (on) => {
      const { store } = on;
      const { rest } = await poisonedFirst(on, "park", ["a"]);
      const too = accounts.as("accounts_too");
      await store.prepare(too);
      equal(await store.countDeadLetters(too.name), 0);
      equal(await store.retryDeadLetter(too, rest.head), false);
      await store.reset(too);
      equal(await store.countDeadLetters(name), 1);
      deepEqual(await store.listDeadLetterActs(too.name), []);
    }),

    "shares no letter with its caller": benched(async (on) => {
      const { store } = on;
      await poisonedFirst(on, "park", ["a"]);
      const [letter] = await store.listDeadLetters(name);
      const before = structuredClone(letter);
      Object.assign(letter!.event.payload as object, { amount: 1_000_000 });
      deepEqual((await store.listDeadLetters(name))[0], before);
    }),
  });
}

/** The reasons of all letters, by position. */
async function reasons(store: ReadSideStore) {
  return (await store.listDeadLetters(name)).map(({ position, reason }) => [position, reason]);
}

/** Appends deposits and sets the first of them aside. */
async function poisonedFirst(on: StoreBench, policy: "skip" | "park", names: readonly string[]) {
  await on.store.prepare(accounts);
  await on.deposit(...names);
  const events = await readAll(on.store, 100);
  await setAside(on, accounts, events[0]!, { policy });
  const lease = await on.take(accounts, "ada");
  return { events, rest: { lease, head: events.at(-1)!.position } };
}

/** Sets aside the first event that a follower has not seen. */
async function setAside(
  { store, take }: StoreBench,
  one: typeof follower,
  event: RecordedEvent,
  more: Partial<Poison>,
): Promise<void> {
  const lease = await take(one, "ada");
  const poison: Poison = { event, error: "no", attempts: 1, policy: "park", ...more };
  await store.advance(one, { from: lease.position, to: event.position, lease, poison });
}

function applying(store: ReadSideStore): ReadSideStore["advance"] {
  return (projection, step) =>
    store.applyBatch({ ...step, projection: projection as Projection, events: [] }); // only ever called with one
}

async function retryAll(store: ReadSideStore): Promise<void> {
  for (const { position } of await store.listDeadLetters(name)) {
    await store.retryDeadLetter(accounts, position);
  }
}
