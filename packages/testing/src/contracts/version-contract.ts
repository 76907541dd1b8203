import type { AnyDocument, Projection, ProjectionBatch } from "@counterpoint/read-model";
import { replacementOf } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, nextTurn, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import { catchUp, documentsOf } from "./follow.ts";
import { readAll } from "./log.ts";
import { benched } from "./store-bench.ts";
import type { ReadSideStore } from "./store-bench.ts";
import type { Breakable, WorkerOptions } from "./worker-bench.ts";
import { FOREVER_MS, LEASE_MS, breakable, nth, workers } from "./worker-bench.ts";

const NAMES = "abcdef".split("");
const v1 = accounts as Projection;

/**
 * Lists what happens when a release with a higher version of a projection is deployed: it is built beside while the old one
 * answers, takes its place at once, and the old one's processes cannot write any more.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function versionContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("new versions", open, {
    "builds a new version beside, while the old one is kept and answers": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [v1] });
        await old.start();
        await reach(old, await deposit(...NAMES, "a"));
        const balances = new Set<unknown>();
        const readings: Promise<unknown>[] = [];
        const read = async () => balances.add((await store.readModel(accounts).get("a"))?.balance);
        const next = await projector(
          { projections: [v2], batchSize: 1 },
          {
            plan({ method }) {
              if (method === "replace") readings.push(nextTurn().then(read)); // in the middle of it
              return undefined;
            },
          },
        );
        next.onChange(() => void readings.push(read()));
        await next.start();
        const token = await deposit("a");
        await reach(next, token);
        await time.until(async () => (await versionOf(store)) === 2);
        await reach(next, await deposit("a"));
        equal((await store.readModel(v2).get("a"))?.["balance"], 4_000);
        await time.settle();
        await Promise.all(readings);
        ok(
          [...balances].every((balance) => [2, 3, 3_000, 4_000].includes(balance as number)),
          `all of the old or all of the new: ${[...balances].join(" ")}`,
        );
        ok(balances.has(2), "the old one answered meanwhile");
        await foldedBy(store, v2);
        deepEqual((await next.status()).rebuilds, []);
        equal((await next.status()).projections[0]?.state, "running");
      },
    ),

    "lets the old one answer as it was when nobody keeps it any more": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [v1] });
        await old.start();
        await reach(old, await deposit(...NAMES));
        await old.stop();
        const next = await projector({ projections: [v2], batchSize: 1 }, slowly());
        await next.start();
        equal((await store.readModel(v1).get("a"))?.["balance"], 1);
        equal((await next.status()).rebuilds.length, 1, "it says that it builds");
        await time.until(async () => (await versionOf(store)) === 2);
        await reach(next, await deposit("a"));
        await foldedBy(store, v2);
      },
    ),

    "stops workers of the old version, clearly, and lets them write nothing": workers(
      async ({ projector, deposit, reach, store, time, until }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [v1] });
        const frozen = await projector({ projections: [v1] });
        await old.start();
        await frozen.start();
        await reach(frozen, await deposit(...NAMES));
        frozen.freeze();
        const next = await projector({ projections: [v2] });
        await next.start();
        await time.until(async () => (await versionOf(store)) === 2);
        frozen.thaw();
        const token = await deposit(...NAMES);
        await reach(next, token);
        const late = await projector({ projections: [v1] });
        await late.start();
        for (const each of [old, frozen, late]) {
          const { error } = await until(each, "stopped");
          ok(error?.includes("version 2") && error.includes("out of date"), `says why: ${error}`);
          const waiting = each.waitFor(token, { timeoutMs: FOREVER_MS });
          await rejectsWithReadError(time.drive(waiting), "PROJECTION_STOPPED");
          await rejectsWithReadError(each.rebuild("accounts"), "UNAVAILABLE");
          const beside = each.rebuild("accounts", { mode: "beside" });
          await rejectsWithReadError(beside, "UNAVAILABLE");
        }
        await old.resume();
        await time.advance(LEASE_MS * 10);
        await until(old, "stopped");
        await reach(next, await deposit("a"));
        await foldedBy(store, v2);
        equal(await versionOf(store), 2);
      },
    ),

    "sends those away who wait where the old version is followed": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [v1] });
        await old.start();
        await reach(old, await deposit(...NAMES));
        old.pause();
        const waiting = old.waitFor(await deposit("a"), { timeoutMs: FOREVER_MS });
        const verdict = rejectsWithReadError(waiting, "PROJECTION_STOPPED");
        const next = await projector({ projections: [v2] });
        await next.start();
        await time.drive(verdict);
        equal(await versionOf(store), 2);
      },
    ),

    "is finished by another worker of its version when the one that builds it dies": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2, tries } = dearer();
        const old = await projector({ projections: [v1] });
        await old.start();
        await reach(old, await deposit(...NAMES, ...NAMES));
        const one = await projector({ projections: [v2], batchSize: 1 }, dyingBeside());
        await one.start();
        const beside = () => store.loadProgress(replacementOf(v2));
        await time.until(async () => ((await beside())[0]?.position ?? 0) > 0);
        one.kill();
        await time.advance(LEASE_MS * 4);
        equal(await versionOf(store), 1, "the old ones cannot go on with it");
        const two = await projector({ projections: [v2] });
        await two.start();
        await time.until(async () => (await versionOf(store)) === 2);
        ok(
          [...tries.values()].every((count) => count === 1),
          "no event was replayed twice",
        );
        deepEqual(await beside(), []);
        await reach(two, await deposit("a"));
        await foldedBy(store, v2);
      },
    ),

    "rolls over many processes one by one, and applies each event once": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const setup = (projection: Projection) => ({
          projections: [{ projection, partitions: 2 }],
          batchSize: 2,
        });
        const olds = [await projector(setup(v1)), await projector(setup(v1))];
        for (const old of olds) await old.start();
        await deposit(...NAMES);
        const one = await projector(setup(v2));
        await one.start();
        await deposit(...NAMES);
        olds[0]!.kill();
        const two = await projector(setup(v2));
        await two.start();
        const token = await deposit(...NAMES);
        await olds[1]!.stop();
        for (const each of [one, two]) await reach(each, token);
        await time.until(async () => (await versionOf(store)) === 2);
        equal((await store.loadProgress(v2)).length, 2);
        const last = await deposit(...NAMES);
        for (const each of [one, two]) await reach(each, last);
        await foldedBy(store, v2);
        await time.until(async () => (await one.status()).rebuilds.length === 0);
        deepEqual(await store.loadProgress(replacementOf(v2)), []);
      },
    ),

    "leaves the old one in place when an event does not fit the new one, says so, and goes on when it is repaired":
      workers(async ({ projector, deposit, reach, store, time, until }) => {
        const broken = dearer();
        broken.breaks = nth("b", 1);
        const old = await projector({ projections: [v1] });
        await old.start();
        await reach(old, await deposit(...NAMES));
        const next = await projector({
          projections: [{ projection: broken.projection, retries: 0 }],
        });
        await next.start();
        const { error } = await until(next, "stopped");
        ok(error?.includes("out of ink"), `says why: ${error}`);
        const token = await deposit("a");
        await reach(old, token);
        await reach(next, token);
        equal((await store.readModel(accounts).get("a"))?.balance, 2);
        broken.breaks = () => false;
        await next.resume();
        await time.until(async () => (await versionOf(store)) === 2);
        await until(next, "running");
        await reach(next, await deposit("b"));
        await foldedBy(store, broken.projection);
      }),

    "heals what the old version has stopped at, and takes no letters over": workers(
      async ({ projector, deposit, reach, store, time, until }) => {
        const broken = breakable(nth("a", 1));
        const { projection: v2 } = dearer();
        const parking = { projection: broken.projection, poison: "park", retries: 0 } as const;
        const old = await projector({ projections: [parking] });
        await old.start();
        await reach(old, await deposit("a", "b", "a"));
        equal(await store.countDeadLetters("accounts"), 2);
        const next = await projector({ projections: [v2] });
        await next.start();
        await time.until(async () => (await versionOf(store)) === 2);
        await until(next, "running");
        equal(await store.countDeadLetters("accounts"), 0);
        await reach(next, await deposit("a"));
        await foldedBy(store, v2);
      },
    ),

    "ends a rebuild of the old version when the new one has taken its place": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [v1] }, slowly());
        await old.start();
        await reach(old, await deposit(...NAMES));
        const rebuilding = old.rebuild("accounts", { mode: "beside" });
        const next = await projector({ projections: [v2] });
        await next.start();
        await time.drive(rebuilding);
        await time.until(async () => (await versionOf(store)) === 2);
        await time.until(async () => (await store.loadProgress(replacementOf(v1))).length === 0);
        await reach(next, await deposit("a"));
        await foldedBy(store, v2);
      },
    ),

    "divides the keys as the new version asks, without another start": workers(
      async ({ projector, deposit, reach, store, time }) => {
        const { projection: v2 } = dearer();
        const old = await projector({ projections: [{ projection: v1, partitions: 2 }] });
        await old.start();
        await reach(old, await deposit(...NAMES));
        const setup = { projections: [{ projection: v2, partitions: 3 }] };
        const next = [await projector(setup, slowly()), await projector(setup, slowly())];
        for (const each of next) await each.start();
        equal((await store.loadProgress(v1)).length, 2, "the old one keeps its own until then");
        await time.until(async () => (await versionOf(store)) === 2);
        for (const each of next) await reach(each, await deposit(...NAMES));
        await time.advance(LEASE_MS);
        equal((await store.loadProgress(v2)).length, 3);
        await foldedBy(store, v2);
        for (const each of next) equal((await each.status()).projections[0]?.partitions.length, 3);
      },
    ),

    "answers readers of another version where it has all that they expect, and says where it has not":
      benched(async ({ store, other, deposit }) => {
        const more = shaped(2, { note: "text" });
        const changed = shaped(3, { balance: "text" });
        await deposit("a");
        await catchUp(store, v1);
        const row = { account: "a", owner: null, balance: 1, history: "d1 " };
        const reader = other.readModel(v1); // of a process that goes on
        deepEqual(await reader.get("a"), row);
        deepEqual(await other.readModel(versioned(2)).get("a"), row);
        for (const unable of [more, changed]) {
          await rejectsWithReadError(other.readModel(unable).get("a"), "UNAVAILABLE");
          await rejectsWithReadError(other.readModel(unable).find(), "UNAVAILABLE");
        }
        await catchUp(store, replacementOf(more));
        ok(await store.replace(more, replacementOf(more)));
        equal((await other.readModel(more).get("a"))?.["note"], "new");
        deepEqual(await reader.get("a"), row, "it shows what the reader knows");
        deepEqual((await reader.find({ where: { balance: 1 } })).documents, [row]);
        await catchUp(store, replacementOf(changed));
        ok(await store.replace(changed, replacementOf(changed)));
        equal((await other.readModel(changed).get("a"))?.["balance"], "new");
        for (const late of [reader, store.readModel(more)]) {
          await rejectsWithReadError(late.get("a"), "UNAVAILABLE");
          await rejectsWithReadError(late.find({ where: { balance: 1 } }), "UNAVAILABLE");
        }
        const { events } = await store.readLog({ after: 0, limit: 1 });
        const late = { projection: v1, events, from: 0, to: events[0]!.position };
        await rejectsWithReadError(store.applyBatch(late), "UNAVAILABLE");
      }),

    "clears away what was begun beside for versions in between": benched(
      async ({ store, other, deposit, take }) => {
        const [v2, v3] = [replacementOf(versioned(2)), replacementOf(versioned(3))];
        await deposit("a");
        await catchUp(store, v1);
        await catchUp(other, v2);
        const lease = await take(v2, "of a process that is gone");
        await store.prepare(v3);
        ok(await store.replace(versioned(3), v3));
        deepEqual(await other.loadProgress(v2), []);
        deepEqual(await documentsOf(other, v2), new Map());
        equal(await other.renew(lease, 1_000), undefined);
        equal(await other.replace(versioned(2), v2), false);
        equal(await versionOf(store), 3);
        equal((await documentsOf(store, accounts)).size, 1);
      },
    ),

    "refuses whoever comes with another version": benched(
      async ({ store, other, deposit, take, pass }) => {
        const v2 = versioned(2);
        await deposit("a", "b");
        await catchUp(store, v1);
        await store.prepare(v1, 2);
        const before = await store.loadProgress(v1);
        const documents = await documentsOf(store, accounts);
        deepEqual(
          before.map(({ version }) => version),
          [1, 1],
        );
        await other.prepare(v2, 3);
        deepEqual(await store.loadProgress(v1), before, "nothing has changed");
        const request = { partition: 0, owner: "x", leaseMs: 60_000 };
        equal(await other.acquire(v2, request), undefined);
        equal(await other.loadCheckpoint(v2), 0);
        const { events } = await store.readLog({ after: 0, limit: 10 });
        const to = events.at(-1)!.position;
        for (const refused of [
          () => other.applyBatch({ projection: v2, events, from: 0, to }),
          () => other.advance(v2, { from: 0, to }),
          () => other.reset(v2),
          () => other.retryDeadLetter(v2, 1),
        ]) {
          await rejectsWithReadError(refused(), "UNAVAILABLE");
        }
        deepEqual(await documentsOf(store, accounts), documents);
        await other.prepare(replacementOf(v2));
        equal(await other.replace(v2, replacementOf(v2)), true);
        equal(await versionOf(store), 2);
        const lease = await take(v2, "new");
        await pass(10);
        equal(await store.acquire(v1, request), undefined);
        await rejectsWithReadError(store.reset(v1), "UNAVAILABLE");
        await store.prepare(v1, 1);
        equal((await store.loadProgress(v1)).length, 2);
        await store.prepare(replacementOf(v1));
        equal(await store.replace(v1, replacementOf(v1)), false);
        deepEqual(await store.loadProgress(replacementOf(v1)), []);
        ok(await store.renew(lease, 60_000), "the new one has lost nothing");
      },
    ),

    "lets what has no documents go on in a higher version": benched(async ({ store, take }) => {
      const one = { name: "followed", version: 1, keyOf: () => "k" };
      const two = { ...one, version: 2 };
      await store.prepare(one);
      const lease = await take(one, "old");
      await store.advance(one, { from: 0, to: 7, lease });
      await store.prepare(two);
      deepEqual(
        (await store.loadProgress(one)).map(({ version, position }) => [version, position]),
        [[2, 7]],
      );
      await rejectsWithReadError(store.advance(one, { from: 7, to: 8, lease }), "FENCED");
      await store.prepare(one);
      equal(await store.acquire(one, { partition: 0, owner: "old", leaseMs: 1_000 }), undefined);
      await take(two, "new");
    }),
  });
}

/** The next version of accounts, in which everything is dearer. */
function dearer(): Breakable {
  const made = breakable(() => false);
  const apply: Projection["apply"] = (row, event) => {
    const { amount } = event.payload as { amount: number };
    const payload = { ...(event.payload as object), amount: amount * 1_000 };
    return made.projection.apply(row, { ...event, payload });
  };
  const named = (name: string): Projection => ({ ...v1, version: 2, name, apply, as: named });
  return {
    tries: made.tries,
    projection: named("accounts"),
    get breaks() {
      return made.breaks;
    },
    set breaks(breaks) {
      made.breaks = breaks;
    },
  };
}

function versioned(version: number): Projection {
  const named = (name: string): Projection => ({ ...v1, version, name, as: named });
  return named("accounts");
}

/** A version of accounts with a column more, or another column, which says `new`. */
function shaped(version: number, more: Projection["columns"]): Projection {
  const columns = { ...v1.columns, ...more };
  const apply: Projection["apply"] = (row, event) => {
    const { account, owner, balance, history } = v1.apply(row, event) as AnyDocument; // a deposit makes one
    const news = Object.fromEntries(Object.keys(more).map((name) => [name, "new"]));
    return { account, owner, balance, history, ...news };
  };
  const named = (name: string): Projection => ({ ...v1, version, columns, apply, name, as: named });
  return named("accounts");
}

async function versionOf(store: ReadSideStore): Promise<number | undefined> {
  return (await store.loadProgress(accounts))[0]?.version;
}

/** Asserts that a read model is the fold of the whole log by this very version. */
async function foldedBy(store: ReadSideStore, projection: Projection): Promise<void> {
  const expected = new Map<string, unknown>();
  for (const event of await readAll(store, 1_000)) {
    const key = projection.keyOf(event)!; // deposits have one
    expected.set(key, projection.apply(expected.get(key) as never, event));
  }
  deepEqual(await documentsOf(store, projection), expected);
}

/** Takes time for each step beside. */
function slowly(): WorkerOptions {
  return {
    plan: ({ method, args }) =>
      method === "applyBatch" && isBeside(args) ? { kind: "delay", ms: 50 } : undefined,
  };
}

/** Kills a worker before its fourth step beside. */
function dyingBeside(): WorkerOptions {
  let steps = 0;
  return {
    plan: ({ method, args }) =>
      method === "applyBatch" && isBeside(args) && ++steps >= 4
        ? { kind: "crash", when: "before" }
        : undefined,
  };
}

function isBeside([batch]: readonly unknown[]): boolean {
  return (batch as ProjectionBatch).projection.name.includes("__next"); // what the port takes
}
