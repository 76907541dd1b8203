import type { EventLog, EventStore } from "@counterpoint/events";
import type { Projection, ProjectionBatch, ProjectionStore } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf, opened } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import type { AccountRow } from "../sample-domain.ts";
import { AccountClosed, POISON, accounts, deposits, fragileAccounts } from "../sample-domain.ts";
import { catchUp, documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";

type Store = EventStore & EventLog & ProjectionStore;

/**
 * Lists the promises of the port `ProjectionStore`: documents and checkpoint move together or not at all.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function projectionStoreContract(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("projection store", open, {
    "begins at checkpoint 0": async (store) => {
      await store.prepare(accounts);
      equal(await store.loadCheckpoint(accounts), 0);
    },

    "prepares a read model once, however often and from wherever it is asked": async (store) => {
      await Promise.all(Array.from({ length: 5 }, () => store.prepare(accounts)));
      await store.append({ stream: "a", events: deposits("a", 5) });
      await catchUp(store, accounts);
      const [checkpoint, documents] = await stateOf(store, accounts);
      await store.prepare(accounts);
      deepEqual(await stateOf(store, accounts), [checkpoint, documents]);
      equal(documents.get("a")?.["balance"], 5);
    },

    "moves documents and checkpoint together": async (store) => {
      const batch = await firstBatch(store, accounts, [5, 7]);
      await store.applyBatch(batch);
      const [checkpoint, documents] = await stateOf(store, accounts);
      equal(checkpoint, batch.to);
      deepEqual(documents, plainFold(accounts, batch.events));
    },

    "continues from the checkpoint": async (store) => {
      await store.applyBatch(await firstBatch(store, accounts, [5]));
      const second = await nextBatch(store, accounts, [7]);
      await store.applyBatch(second);
      const [checkpoint, documents] = await stateOf(store, accounts);
      equal(checkpoint, second.to);
      deepEqual(documents, plainFold(accounts, await readAll(store, 100)));
    },

    "changes nothing when a batch is repeated": async (store) => {
      const batch = await firstBatch(store, accounts, [5]);
      await store.applyBatch(batch);
      const before = await stateOf(store, accounts);
      await rejectsWithReadError(store.applyBatch(batch), "CHECKPOINT_MOVED");
      deepEqual(await stateOf(store, accounts), before);
    },

    "changes nothing when a batch lies behind or ahead of the checkpoint": async (store) => {
      const first = await firstBatch(store, accounts, [5]);
      await store.applyBatch(first);
      const second = await nextBatch(store, accounts, [7]);
      await store.applyBatch(second);
      const before = await stateOf(store, accounts);
      const third = await nextBatch(store, accounts, [9]);
      for (const from of [0, first.to, second.to - 1, second.to + 1, third.to + 100]) {
        if (from === second.to) continue;
        await rejectsWithReadError(store.applyBatch({ ...third, from }), "CHECKPOINT_MOVED");
        deepEqual(await stateOf(store, accounts), before);
      }
      await store.applyBatch(third);
      equal(await store.loadCheckpoint(accounts), third.to);
    },

    "changes nothing when a first batch does not begin at 0": async (store) => {
      const batch = await firstBatch(store, accounts, [5]);
      await rejectsWithReadError(store.applyBatch({ ...batch, from: 3 }), "CHECKPOINT_MOVED");
      deepEqual(await stateOf(store, accounts), [0, new Map()]);
    },

    "applies a batch once when two apply it at the same time": async (store) => {
      await store.prepare(accounts);
      for (let round = 0; round < 20; round++) {
        await store.append({ stream: "a", events: deposits("a", 1) });
        const batch = await pendingBatch(store, accounts);
        const outcomes = await Promise.allSettled([
          store.applyBatch(batch),
          store.applyBatch(batch),
        ]);
        const lost = outcomes.filter((outcome) => outcome.status === "rejected");
        equal(lost.length, 1, "exactly one of them is applied");
        ok(isReadModelError(lost[0]!.reason, "CHECKPOINT_MOVED"), String(lost[0]!.reason));
        const [checkpoint, documents] = await stateOf(store, accounts);
        equal(checkpoint, batch.to);
        equal(documents.get("a")?.["balance"], round + 1);
      }
    },

    "moves the checkpoint over events that concern no document": async (store) => {
      await store.append({ stream: "x", events: [{ type: "Unrelated", payload: 1 }] });
      await catchUp(store, accounts);
      deepEqual(await stateOf(store, accounts), [await store.head(), new Map()]);
    },

    "writes a document that one batch creates, changes, removes and creates again": async (
      store,
    ) => {
      await store.prepare(accounts);
      await store.append({
        stream: "a",
        events: [
          ...deposits("a", 1, 2),
          AccountClosed({ account: "a" }),
          ...deposits("b", 4),
          ...deposits("a", 5),
          AccountClosed({ account: "b" }),
          AccountClosed({ account: "never" }),
        ],
      });
      await catchUp(store, accounts);
      deepEqual(
        await documentsOf(store, accounts),
        new Map([["a", { account: "a", owner: null, balance: 5, history: "d5 " }]]),
      );
    },

    "leaves documents and checkpoint when a handler fails": async (store) => {
      await store.applyBatch(await firstBatch(store, fragileAccounts, [5]));
      const before = await stateOf(store, fragileAccounts);
      const batch = await nextBatch(store, fragileAccounts, [7, POISON, 9]);
      const error = await rejectsWithReadError(store.applyBatch(batch), "HANDLER_FAILED");
      const { event } = (error as { details: { event: { position: number } } }).details;
      equal(event.position, batch.events[1]!.position, "the error names the culprit");
      deepEqual(await stateOf(store, fragileAccounts), before);
      const sound = batch.events.slice(0, 1);
      await store.applyBatch({ ...batch, events: sound, to: sound[0]!.position });
      equal(await store.loadCheckpoint(fragileAccounts), sound[0]!.position);
    },

    "leaves documents and checkpoint when a handler returns what the columns cannot hold": async (
      store,
    ) => {
      let flaw: unknown;
      const flawed: Projection = { ...accounts, apply: () => flaw as AccountRow };
      const row = { account: "a", owner: null, balance: 1, history: "" };
      const batch = await firstBatch(store, flawed, [5]);
      for (flaw of [
        { ...row, balance: 1.5 },
        { ...row, balance: 2 ** 31 },
        { ...row, balance: null },
        { ...row, balance: "1" },
        { ...row, history: "\u0000" },
        { ...row, history: "\uD800" },
        { ...row, account: "b" },
        { ...row, stray: 1 },
        { account: "a", owner: null, balance: 1 },
        Promise.resolve(row),
        "row",
        7,
      ]) {
        await rejectsWithReadError(store.applyBatch(batch), "HANDLER_FAILED");
        deepEqual(await stateOf(store, flawed), [0, new Map()]);
      }
    },

    "leaves documents and checkpoint when a key is unusable": async (store) => {
      let id: unknown;
      const keyless: Projection = { ...accounts, keyOf: () => id as string };
      const batch = await firstBatch(store, keyless, [5]);
      for (id of ["", 7, null, "a\u0000", "\uD800", "x".repeat(513)]) {
        await rejectsWithReadError(store.applyBatch(batch), "HANDLER_FAILED");
        deepEqual(await stateOf(store, keyless), [0, new Map()]);
      }
    },

    "empties documents and checkpoint together": async (store) => {
      await store.applyBatch(await firstBatch(store, accounts, [5, 7]));
      await store.reset(accounts);
      deepEqual(await stateOf(store, accounts), [0, new Map()]);
      await store.reset(accounts);
      deepEqual(await stateOf(store, accounts), [0, new Map()]);
      await catchUp(store, accounts, [1]);
      deepEqual(await documentsOf(store, accounts), plainFold(accounts, await readAll(store, 100)));
    },

    "refuses a batch that was read before the read model was emptied": async (store) => {
      await store.applyBatch(await firstBatch(store, accounts, [5]));
      const late = await nextBatch(store, accounts, [7]);
      await store.reset(accounts);
      await rejectsWithReadError(store.applyBatch(late), "CHECKPOINT_MOVED");
      deepEqual(await stateOf(store, accounts), [0, new Map()]);
    },

    "stands at its checkpoint also when emptied while a batch is applied": async (store) => {
      await store.prepare(accounts);
      for (let round = 0; round < 10; round++) {
        await store.append({ stream: "a", events: deposits("a", 1, 2) });
        const batch = await pendingBatch(store, accounts);
        await Promise.allSettled([store.applyBatch(batch), store.reset(accounts)]);
        const [checkpoint, documents] = await stateOf(store, accounts);
        const applied = (await readAll(store, 100)).filter((each) => each.position <= checkpoint);
        deepEqual(documents, plainFold(accounts, applied));
        await catchUp(store, accounts);
      }
    },

    "keeps read models of the same fold apart": async (store) => {
      const other = accounts.as("other_accounts");
      await store.applyBatch(await firstBatch(store, accounts, [5]));
      await store.prepare(other);
      deepEqual(await stateOf(store, other), [0, new Map()]);
      await catchUp(store, other);
      await store.reset(accounts);
      deepEqual(await stateOf(store, accounts), [0, new Map()]);
      equal((await documentsOf(store, other)).size, 1);
    },

    "applies no batch to a read model that is inline": opened(
      { inline: [accounts] },
      async (store) => {
        await store.append({ stream: "a", events: deposits("a", 5) });
        const { events, head } = await store.readLog({ after: 0, limit: 10 });
        const batch = { projection: accounts, events, from: 0, to: head };
        await rejectsWithClass(store.prepare(accounts), TypeError);
        await rejectsWithClass(store.applyBatch(batch), TypeError);
        await rejectsWithClass(store.reset(accounts), TypeError);
        equal((await documentsOf(store, accounts)).get("a")?.["balance"], 5);
      },
    ),

    "shares no document with the fold": async (store) => {
      const kept: AccountRow[] = [];
      const leaky: Projection<AccountRow> = {
        ...accounts,
        apply(row, event) {
          const after = accounts.apply(row, event);
          if (after) kept.push(after);
          return after;
        },
      };
      await store.applyBatch(await firstBatch(store, leaky, [5]));
      for (const row of kept) Object.assign(row, { balance: 1_000_000 });
      equal((await documentsOf(store, leaky)).get("a")?.["balance"], 5);
    },
  });
}

/** Prepares, appends deposits to account a, and makes the batch that applies them. */
async function firstBatch(
  store: Store,
  projection: Projection,
  amounts: readonly number[],
): Promise<ProjectionBatch> {
  await store.prepare(projection);
  return nextBatch(store, projection, amounts);
}

async function nextBatch(
  store: Store,
  projection: Projection,
  amounts: readonly number[],
): Promise<ProjectionBatch> {
  await store.append({ stream: "account-a", events: deposits("a", ...amounts) });
  return pendingBatch(store, projection);
}

async function pendingBatch(store: Store, projection: Projection): Promise<ProjectionBatch> {
  const from = await store.loadCheckpoint(projection);
  const { events } = await store.readLog({ after: from, limit: 1_000 });
  return { projection, events, from, to: events.at(-1)!.position };
}

async function stateOf(store: Store, projection: Projection) {
  return [await store.loadCheckpoint(projection), await documentsOf(store, projection)] as const;
}
