import type { EventMessage } from "@counterpoint/bus";
import type { EventLog, EventStore } from "@counterpoint/events";
import type { ProjectionStore } from "@counterpoint/read-model";
import * as fc from "fast-check";
import { histories } from "../arbitraries.ts";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf, opened } from "../contract-case.ts";
import { deepEqual, equal } from "../node.ts";
import { AccountClosed, AccountOpened, Deposited, Withdrawn, accounts } from "../sample-domain.ts";
import { catchUp, documentsOf, plainFold } from "./follow.ts";
import { readAll } from "./log.ts";

type Store = EventStore & EventLog & ProjectionStore;

const RUNS = 20;

/**
 * Lists the law that ties everything together: folding all events by hand, the inline and the asynchronous read model
 * give the same documents, whatever the history and however it is cut into batches.
 *
 * @param open - Opens a fresh, empty store for each case, and for each run of a property.
 */
export function equivalenceContract(open: OpenStore<Store>): readonly ContractCase[] {
  const eventual = accounts.as("accounts_eventual");
  const inline = { inline: [accounts] };

  return casesOf("equivalence", open, {
    "folds a fixed history to the same documents by hand, inline and in batches": opened(
      inline,
      async (store) => {
        const [history] = fc.sample(bankHistories(), { numRuns: 1, seed: 7 });
        for (const appends of history!) await store.append(appends);
        await catchUp(store, eventual, [1, 3, 2]);
        await assertAllEqual(store);
      },
    ),

    "catches up with a history that grows meanwhile": opened(inline, async (store) => {
      const batches = fc.sample(bankHistories(), { numRuns: 6, seed: 11 });
      for (const history of batches) {
        for (const appends of history) await store.append(appends);
        await catchUp(store, eventual, [2]);
        await assertAllEqual(store);
      }
    }),
  }).concat([
    {
      area: "equivalence",
      name: "folds any history to the same documents by hand, inline and in batches of any size",
      async run() {
        await fc.assert(
          fc.asyncProperty(
            bankHistories(),
            fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
            async (history, sizes) => {
              await using held = await open(inline);
              const { store } = held;
              let count = 0;
              for (const appends of history) {
                count += (await store.append(appends)).events.length;
              }
              await catchUp(store, eventual, sizes);
              equal((await readAll(store, 7)).length, count);
              await assertAllEqual(store);
            },
          ),
          { numRuns: RUNS },
        );
      },
    },
  ]);

  async function assertAllEqual(store: Store): Promise<void> {
    const expected = plainFold(accounts, await readAll(store, 1_000));
    deepEqual(await documentsOf(store, accounts), expected, "inline");
    deepEqual(await documentsOf(store, eventual), expected, "asynchronous");
  }
}

function bankHistories() {
  const account = fc.constantFrom("a", "b", "c", "__proto__");
  const amount = fc.integer({ min: 1, max: 100 });
  const events: fc.Arbitrary<EventMessage> = fc.oneof(
    fc.record({ account, owner: fc.constantFrom("Ada", "Bob") }).map(AccountOpened),
    fc.record({ account, amount }).map(Deposited),
    fc.record({ account, amount }).map(Withdrawn),
    fc.record({ account }).map(AccountClosed),
    fc.constant<EventMessage>({ type: "Unrelated", payload: null }),
  );
  return histories({ streams: ["s-1", "s-2", "s-3", "s-4"], events });
}
