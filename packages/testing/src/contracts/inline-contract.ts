import type { EventLog, EventStore } from "@counterpoint/events";
import { upcasters } from "@counterpoint/events";
import type { Projection, ProjectionStore } from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";
import type { StateStore } from "@counterpoint/write-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf, opened } from "../contract-case.ts";
import { assertUnwritten, rejectsWithConflict, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";
import {
  AccountClosed,
  Deposited,
  POISON,
  accounts,
  deposits,
  fragileAccounts,
} from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";

type Store = EventStore & EventLog & ProjectionStore & StateStore;

type Witness = {
  readonly id: string;
  readonly seen: string;
};

/** Writes down all that a handler gets to see of an event. */
const witnesses: Projection<Witness> = projection("witnesses", {
  version: 1,
  events: [Deposited],
  columns: { id: "text", seen: "text" },
  key: ({ metadata }) => metadata.id,
  on: { Deposited: (_none, event) => ({ id: event.metadata.id, seen: JSON.stringify(event) }) },
});

/**
 * Lists the promises about inline projections: they are applied in the transaction of the append.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function inlineContract(open: OpenStore<Store>): readonly ContractCase[] {
  const both = { inline: [accounts, fragileAccounts] };
  return casesOf("inline", open, {
    "shows an append as soon as that has resolved": opened(
      { inline: [accounts] },
      async (store) => {
        const model = store.readModel(accounts);
        for (let n = 1; n <= 5; n++) {
          await store.append({ stream: "account-a", events: deposits("a", 1) });
          equal((await model.get("a"))?.balance, n);
        }
        await assertFolded(store);
      },
    ),

    "applies all events of an append, in order, also of several streams to one document": opened(
      { inline: [accounts] },
      async (store) => {
        await store.append([
          { stream: "x", events: deposits("a", 1, 2) },
          { stream: "y", events: [...deposits("a", 3), ...deposits("b", 4)] },
          { stream: "z", events: [AccountClosed({ account: "b" }), ...deposits("a", 5)] },
        ]);
        equal((await store.readModel(accounts).get("a"))?.history, "d1 d2 d1 d2 ");
        equal(await store.readModel(accounts).get("b"), undefined);
        await assertFolded(store);
      },
    ),

    "writes nothing at all when a projection fails": opened(both, async (store) => {
      await store.append({ stream: "account-a", events: deposits("a", 5) });
      const before = await store.readStream("account-a");
      for (const stream of ["account-a", "account-new"]) {
        await rejectsWithReadError(
          store.append({ stream, events: deposits("a", 1, POISON, 2) }),
          "HANDLER_FAILED",
        );
        await rejectsWithReadError(
          store.append([
            { stream: "account-other", events: deposits("b", 1) },
            { stream, events: deposits("a", POISON) },
          ]),
          "HANDLER_FAILED",
        );
      }
      await assertUnwritten(store, "account-a", before);
      await assertUnwritten(store, "account-new");
      await assertUnwritten(store, "account-other");
      for (const projection of both.inline) {
        deepEqual(await documentsOf(store, projection), plainFold(projection, before));
      }
    }),

    "writes neither row nor events when a projection fails": opened(both, async (store) => {
      const change = { collection: "accounts", id: "a", stream: "account-a", state: 1 };
      await rejectsWithReadError(
        store.saveState({ ...change, events: deposits("a", POISON) }),
        "HANDLER_FAILED",
      );
      await assertUnwritten(store, "account-a");
      equal(await store.loadState("accounts", "a"), undefined);
      equal(await store.readModel(accounts).get("a"), undefined);
    }),

    "goes on after a projection has failed": opened(both, async (store) => {
      await store
        .append({ stream: "account-a", events: deposits("a", POISON) })
        .catch(() => undefined);
      const { streams } = await store.append({
        stream: "account-a",
        events: deposits("a", 5),
        expectedVersion: "none",
      });
      deepEqual(streams, [{ stream: "account-a", version: 1, created: true }]);
      equal((await store.readModel(fragileAccounts).get("a"))?.balance, 5);
    }),

    "leaves the view on a conflict": opened({ inline: [accounts] }, async (store) => {
      await store.append({ stream: "account-a", events: deposits("a", 5) });
      await rejectsWithConflict(
        store.append({ stream: "account-a", events: deposits("a", 7), expectedVersion: "none" }),
        { stream: "account-a", actual: 1 },
      );
      await rejectsWithConflict(
        store.append([
          { stream: "account-b", events: deposits("b", 7) },
          { stream: "account-a", events: deposits("a", 7), expectedVersion: 2 },
        ]),
        { stream: "account-a", actual: 1 },
      );
      equal((await documentsOf(store, accounts)).size, 1);
      await assertFolded(store);
    }),

    "shows the row's events as well": opened({ inline: [accounts] }, async (store) => {
      const change = { collection: "accounts", id: "a", stream: "account-a", state: 1 };
      await store.saveState({ ...change, events: deposits("a", 5) });
      equal((await store.readModel(accounts).get("a"))?.balance, 5);
    }),

    "loses no update when many streams touch one document at once": opened(
      { inline: [accounts] },
      async (store) => {
        await Promise.all(
          Array.from({ length: 30 }, (_, n) =>
            store.append({ stream: `s-${n}`, events: deposits("shared", 1) }),
          ),
        );
        equal((await store.readModel(accounts).get("shared"))?.balance, 30);
        await assertFolded(store);
      },
    ),

    "lets appends through that touch the same documents in opposite order": opened(
      { inline: [accounts] },
      async (store) => {
        for (let round = 0; round < 10; round++) {
          await Promise.all([
            store.append({
              stream: `x-${round}`,
              events: [...deposits("a", 1), ...deposits("b", 1)],
            }),
            store.append({
              stream: `y-${round}`,
              events: [...deposits("b", 1), ...deposits("a", 1)],
            }),
          ]);
        }
        equal((await store.readModel(accounts).get("a"))?.balance, 20);
        equal((await store.readModel(accounts).get("b"))?.balance, 20);
        await assertFolded(store);
      },
    ),

    "shows handlers the events as readers see them": opened(
      {
        inline: [witnesses],
        upcast: upcasters({
          Deposited: (payload: object) => ({ currency: "EUR", ...payload }),
        }),
      },
      async (store) => {
        await store.append([
          { stream: "a", events: deposits("a", 1, 2), metadata: { actor: "ada" } },
          { stream: "b", events: deposits("b", 3) },
        ]);
        const events = await readAll(store, 100);
        equal(events.length, 3);
        deepEqual(
          sorted(await documentsOf(store, witnesses)),
          sorted(plainFold(witnesses, events)),
        );
      },
    ),

    "keeps several inline read models apart": opened(
      { inline: [accounts, accounts.as("accounts_too")] },
      async (store) => {
        await store.append({ stream: "a", events: deposits("a", 5) });
        for (const each of [accounts, accounts.as("accounts_too")]) {
          equal((await store.readModel(each).get("a"))?.balance, 5);
        }
      },
    ),
  });
}

async function assertFolded(store: Store): Promise<void> {
  const events = await readAll(store, 1_000);
  deepEqual(await documentsOf(store, accounts), plainFold(accounts, events));
}

/** Parses what was seen, so that the order of keys does not matter. */
function sorted(documents: ReadonlyMap<string, Readonly<Record<string, unknown>>>) {
  return new Map(
    [...documents].map(([id, { seen }]) => [id, JSON.parse(seen as string) as unknown]),
  );
}
