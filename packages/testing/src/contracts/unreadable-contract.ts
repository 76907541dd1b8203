import type { RecordedEvent, Upcaster } from "@counterpoint/events";
import { isEventStoreError } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";
import { reaction } from "@counterpoint/read-model";
import type { CaseSetup, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { Deposited, accounts, deposits } from "../sample-domain.ts";
import { documentsOf, plainFold } from "./follow.ts";
import type { ReadSideStore } from "./store-bench.ts";
import type { WorkerBench } from "./worker-bench.ts";
import { FOREVER_MS, nth, workers } from "./worker-bench.ts";

const NAMES = "abcdef".split("");
const projection = accounts as Projection;

/** An upcaster that can be broken and repaired. */
interface Reading {
  breaks: (event: RecordedEvent) => boolean;
}

/**
 * Lists what becomes of an event that today's upcaster cannot read: what becomes of one that cannot be handled.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function unreadableContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("unreadable events", open, {
    "names the event to whoever reads it, and gives those before it": reading(
      async ({ store, deposit }, upcasting) => {
        await deposit("a", "b", "a");
        upcasting.breaks = nth("a", 2);
        const { events } = await store.readLog({ after: 0, limit: 2 });
        equal(events.length, 2);
        for (const read of [
          () => store.readLog({ after: 0, limit: 3 }),
          () => store.readStream("account-a"),
        ]) {
          const error = await read().then(
            () => undefined,
            (error: unknown) => error,
          );
          ok(isEventStoreError(error, "UPCAST_FAILED"), String(error));
          const { event } = error.details as { event: RecordedEvent };
          deepEqual([event.stream, event.version, event.type], ["account-a", 2, "Deposited"]);
          ok(error.message.includes("unknown form"));
        }
      },
    ),

    "stops before it, says why to whoever waits, and goes on when it is repaired": reading(
      async ({ projector, deposit, store, time, until, reach, folded }, upcasting) => {
        let failures = 0;
        upcasting.breaks = (event) => nth("a", 2)(event) && ++failures > 0;
        const one = await projector({ projections: [{ projection, retries: 2 }], batchSize: 4 });
        const two = await projector({ projections: [{ projection, retries: 2 }] });
        await one.start();
        await two.start();
        const token = await deposit("a", "b", "a", "b", "a");
        for (const each of [one, two]) {
          const waiting = each.waitFor(token, { timeoutMs: FOREVER_MS });
          await rejectsWithReadError(time.drive(waiting), "PROJECTION_STOPPED");
          const { error } = await until(each, "stopped");
          ok(error?.includes("unknown form"), `says why: ${error}`);
          await rejectsWithReadError(each.waitFor(token), "PROJECTION_STOPPED");
        }
        deepEqual(
          [...(await documentsOf(store, accounts))].map(([key, { history }]) => [key, history]),
          [
            ["a", "d1 "],
            ["b", "d1 "],
          ],
        );
        const before = failures;
        await time.advance(60_000);
        equal(failures, before, "it is not tried for ever");
        upcasting.breaks = () => false;
        await one.resume();
        await reach(one, token);
        await until(two, "standby");
        await reach(two, token);
        await folded();
      },
    ),

    "is read in time when it recovers before it is given up": reading(
      async ({ projector, deposit, reach, folded, store }, upcasting) => {
        let failures = 2;
        const one = await projector({ projections: [{ projection, poison: "park" }] });
        await one.start();
        const token = await deposit("a", "a");
        upcasting.breaks = (event) => nth("a", 1)(event) && failures-- > 0;
        await reach(one, token);
        equal(await store.countDeadLetters("accounts"), 0);
        await folded();
      },
    ),

    "parks it by the key that it was recorded with, in whichever partition, and reads it anew when it is retried":
      reading(async ({ projector, deposit, reach, folded }, upcasting) => {
        for (const partitions of [1, 3]) {
          upcasting.breaks = nth("c", partitions); // the first, and then the third
          const one = await projector({
            projections: [{ projection, poison: "park", retries: 1, partitions }],
            batchSize: 4,
          });
          await one.start();
          await reach(one, await deposit(...NAMES, "c"));
          const letters = await one.deadLetters.list("accounts");
          deepEqual(
            letters.map(({ key, reason, event, unreadable = "" }) => [
              ...[key, reason, event.version, unreadable.includes("unknown form")],
            ]),
            [
              ["c", "parked", partitions, true],
              ["c", "behind", partitions + 1, false],
            ],
          );
          deepEqual(letters[0]?.event.payload, { account: "c", amount: 1 }, "as it was recorded");
          deepEqual(await one.deadLetters.retryAll("accounts"), { applied: 0, left: 2 });
          const { position } = letters[0]!;
          await rejectsWithReadError(one.deadLetters.retry("accounts", position), "HANDLER_FAILED");
          upcasting.breaks = () => false;
          deepEqual(await one.deadLetters.retryAll("accounts"), { applied: 2, left: 0 });
          await reach(one, await deposit("a"));
          await folded();
          await one.stop();
        }
      }),

    "skips it, if that is the policy": reading(
      async ({ projector, deposit, reach, store }, upcasting) => {
        upcasting.breaks = ({ version }) => version === 1; // all of them begin so
        const one = await projector({ projections: [{ projection, poison: "skip", retries: 0 }] });
        await one.start();
        await reach(one, await deposit("a", "b", "a", "b"));
        equal((await store.readModel(accounts).get("a"))?.history, "d2 ");
        equal(await store.countDeadLetters("accounts"), 2);
      },
    ),

    "ends a rebuild beside, and leaves the old read model as it was": reading(
      async ({ projector, deposit, reach, time, store }, upcasting) => {
        const one = await projector({ projections: [{ projection, retries: 0 }], batchSize: 2 });
        await one.start();
        await reach(one, await deposit("a", "b", "a"));
        const before = await documentsOf(store, accounts);
        upcasting.breaks = nth("b", 1);
        const rebuilding = time.drive(one.rebuild("accounts", { mode: "beside" }));
        await rejectsWithReadError(rebuilding, "PROJECTION_STOPPED");
        deepEqual(await documentsOf(store, accounts), before);
      },
    ),

    "keeps the keys from being divided anew, and loses nothing": reading(
      async ({ projector, deposit, reach, store, until, folded }, upcasting) => {
        upcasting.breaks = nth("a", 1);
        const setup = { projection, retries: 0, partitions: 2 };
        const one = await projector({ projections: [setup] });
        await one.start();
        const token = await deposit("a", ...NAMES);
        await until(one, "stopped");
        await one.stop();
        const two = await projector({ projections: [{ ...setup, partitions: 3 }] });
        await two.start();
        upcasting.breaks = () => false;
        await two.resume();
        await reach(two, token);
        ok([2, 3].includes((await store.loadProgress(accounts)).length));
        await folded();
      },
    ),

    "is reacted to once it can be read": reading(async ({ reactor, deposit, reach }, upcasting) => {
      const seen: string[] = [];
      const mail = reaction("mail", {
        events: [Deposited],
        on: { Deposited: ({ stream, version }) => void seen.push(`${stream} ${version}`) },
      });
      upcasting.breaks = nth("a", 1);
      const one = await reactor({ reactions: [{ reaction: mail, poison: "park", retries: 0 }] });
      await one.start();
      await reach(one, await deposit("a", "b", "a"));
      deepEqual(seen, ["account-b 1"]);
      deepEqual(await one.deadLetters.retryAll("mail"), { applied: 0, left: 2 });
      deepEqual(seen, ["account-b 1"]);
      upcasting.breaks = () => false;
      deepEqual(await one.deadLetters.retryAll("mail"), { applied: 2, left: 0 });
      deepEqual(seen, ["account-b 1", "account-a 1", "account-a 2"]);
    }),

    "cannot be appended where a read model is kept inline": reading(
      async ({ store, deposit }, upcasting) => {
        await deposit("a");
        upcasting.breaks = nth("a", 2);
        const appended = store.append({ stream: "account-a", events: deposits("a", 1) });
        const error = await appended.then(
          () => undefined,
          (error: unknown) => error,
        );
        ok(isEventStoreError(error, "UPCAST_FAILED"), String(error));
        upcasting.breaks = () => false;
        const { events } = await store.readLog({ after: 0, limit: 10 });
        equal(events.length, 1, "nothing was written");
        deepEqual(await documentsOf(store, accounts), plainFold(accounts, events));
      },
      { isInline: true },
    ),
  });
}

/** Sets up a case whose store reads by an upcaster that can be broken. */
function reading(
  play: (on: WorkerBench, upcasting: Reading) => Promise<void>,
  { isInline = false }: { readonly isInline?: boolean } = {},
): CaseSetup<ReadSideStore> {
  return {
    prepare() {
      const upcasting: Reading = { breaks: () => false };
      const upcast: Upcaster = (event) => {
        if (upcasting.breaks(event)) throw new Error("unknown form");
        return event;
      };
      const options = { upcast, ...(isInline && { inline: [accounts] }) };
      return workers((on) => play(on, upcasting), options).prepare();
    },
  };
}
