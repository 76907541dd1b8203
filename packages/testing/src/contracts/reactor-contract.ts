import type { RecordedEvent } from "@counterpoint/events";
import type { Reaction, ReactorOptions } from "@counterpoint/read-model";
import { createReactor, reaction } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass, rejectsWithReadError } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { AccountClosed, Deposited } from "../sample-domain.ts";
import { readAll } from "./log.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { FOREVER_MS, LEASE_MS, nth, workers } from "./worker-bench.ts";

/** One call of a reaction. */
interface Call {
  readonly position: number;
  readonly stream: string;
  readonly key: string;
}

/** A reaction that writes its calls down, and can be told to fail or to take its time. */
interface Mail {
  readonly reaction: Reaction;
  readonly calls: Call[];
  breaks: (event: RecordedEvent) => boolean;
  before: (event: RecordedEvent) => void | Promise<void>;
}

function mail(name = "mail"): Mail {
  const calls: Call[] = [];
  const made: Mail = {
    calls,
    breaks: () => false,
    before: () => {},
    reaction: reaction(name, {
      events: [Deposited],
      on: {
        async Deposited(event, { idempotencyKey }) {
          await made.before(event);
          calls.push({ position: event.position, stream: event.stream, key: idempotencyKey });
          if (made.breaks(event)) throw new Error("no stamps");
        },
      },
    }),
  };
  return made;
}

/**
 * Lists what a reactor promises: every event is reacted to, in order per key, once unless something crashes, and then with
 * the same idempotency key.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function reactorContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("reactor", open, {
    "reacts to each event once, in order, from the start of the log on": workers(
      async ({ store, reactor, deposit, reach }) => {
        const { reaction, calls } = mail();
        await deposit("a", "b");
        await store.append({ stream: "account-a", events: [AccountClosed({ account: "a" })] });
        const one = await reactor({ reactions: [reaction], batchSize: 2 });
        await one.start();
        await reach(one, await deposit("a", "c"));
        const events = (await readAll(store, 10)).filter(({ type }) => type === "Deposited");
        deepEqual(
          calls,
          events.map(({ position, stream, metadata }) => ({ position, stream, key: metadata.id })),
        );
      },
    ),

    "goes on from its checkpoint after a restart": workers(async ({ reactor, deposit, reach }) => {
      const { reaction, calls } = mail();
      for (let round = 1; round <= 3; round++) {
        const one = await reactor({ reactions: [reaction] });
        await one.start();
        await reach(one, await deposit("a", "b"));
        await one.stop();
      }
      deepEqual(
        calls.map(({ position }) => position),
        calls.map(({ position }) => position).toSorted((a, b) => a - b),
      );
      equal(new Set(calls.map(({ key }) => key)).size, 6);
      equal(calls.length, 6);
    }),

    "begins with what is to come, if asked, and with its checkpoint from then on": workers(
      async ({ reactor, deposit, reach }) => {
        const { reaction, calls } = mail();
        await deposit("a", "a");
        const options: ReactorOptions = { reactions: [{ reaction, from: "now" }] };
        const one = await reactor(options);
        await one.start();
        await reach(one, await deposit("b"));
        await one.stop();
        await deposit("c");
        const two = await reactor(options);
        await two.start();
        await reach(two, await deposit("d"));
        deepEqual(
          calls.map(({ stream }) => stream),
          ["account-b", "account-c", "account-d"],
        );
      },
    ),

    "reacts again, by the same idempotency key, when it died before it could note that it has":
      workers(async ({ reactor, deposit, reach, time }) => {
        const { reaction, calls } = mail();
        const one = await reactor(
          { reactions: [reaction] },
          {
            plan: ({ method, nth }) =>
              method === "advance" && nth === 2 ? { kind: "crash", when: "before" } : undefined,
          },
        );
        await one.start();
        const token = await deposit("a", "b", "c");
        await time.until(() => calls.length === 2);
        one.kill();
        const two = await reactor({ reactions: [reaction] });
        await two.start();
        await reach(two, token);
        deepEqual(
          calls.map(({ stream }) => stream),
          ["account-a", "account-b", "account-b", "account-c"],
        );
        equal(calls[1]?.key, calls[2]?.key);
      }),

    "repeats nothing when only the answer of the store was lost": workers(
      async ({ reactor, deposit, reach }) => {
        const { reaction, calls } = mail();
        const one = await reactor(
          { reactions: [reaction] },
          {
            plan: ({ method, nth }) =>
              method === "advance" && nth % 2 === 0 ? { kind: "fail", when: "after" } : undefined,
          },
        );
        await one.start();
        await reach(one, await deposit("a", "b", "c", "d"));
        equal(calls.length, 4);
      },
    ),

    "repeats nothing when a later event fails": workers(async ({ reactor, deposit, reach }) => {
      const post = mail();
      const one = await reactor({
        reactions: [{ reaction: post.reaction, retries: 3, poison: "skip" }],
      });
      post.breaks = nth("d", 1);
      await one.start();
      await reach(one, await deposit("a", "b", "c", "d", "e"));
      deepEqual(
        post.calls.map(({ stream }) => stream.at(-1)).join(""),
        "abcdddde",
        "the failing one is tried four times, the others once",
      );
    }),

    "stops before an event that fails for good, for every worker to see": workers(
      async ({ reactor, deposit, time, reach }) => {
        const post = mail();
        post.breaks = nth("b", 1);
        const options: ReactorOptions = { reactions: [{ reaction: post.reaction, retries: 1 }] };
        const [one, two] = [await reactor(options), await reactor(options)];
        await one.start();
        await two.start();
        const token = await deposit("a", "b", "c");
        for (const each of [one, two]) {
          await rejectsWithReadError(
            time.drive(each.waitFor(token, { timeoutMs: FOREVER_MS })),
            "PROJECTION_STOPPED",
          );
        }
        const [status] = await one.status();
        deepEqual([status?.state, status?.error?.includes("no stamps")], ["stopped", true]);
        post.breaks = () => false;
        await one.resume();
        await reach(one, token);
        deepEqual(post.calls.map(({ stream }) => stream.at(-1)).join(""), "abbbc");
      },
    ),

    "parks a key: its later events wait, and are reacted to in order when it is repaired": workers(
      async ({ reactor, deposit, reach }) => {
        const post = mail();
        post.breaks = nth("a", 1);
        const one = await reactor({
          reactions: [{ reaction: post.reaction, retries: 0, poison: "park" }],
        });
        await one.start();
        await reach(one, await deposit("a", "b", "a", "b", "a"));
        const letters = await one.deadLetters.list("mail");
        deepEqual(
          letters.map(({ reason, key, attempts }) => [reason, key, attempts]),
          [
            ["parked", "account-a", 1],
            ["behind", "account-a", 0],
            ["behind", "account-a", 0],
          ],
        );
        await rejectsWithReadError(
          one.deadLetters.retry("mail", letters[1]!.position),
          "OUT_OF_ORDER",
        );
        await rejectsWithReadError(
          one.deadLetters.retry("mail", letters[0]!.position),
          "HANDLER_FAILED",
        );
        equal((await one.deadLetters.list("mail"))[0]?.attempts, 2);
        post.breaks = () => false;
        post.calls.length = 0;
        deepEqual(await one.deadLetters.retryAll("mail"), { applied: 3, left: 0 });
        await reach(one, await deposit("a"));
        deepEqual(
          post.calls.map(({ stream }) => stream),
          Array.from({ length: 4 }, () => "account-a"),
        );
        deepEqual(
          post.calls.slice(0, 3).map(({ position }) => position),
          letters.map(({ position }) => position),
        );
      },
    ),

    "finds the older letter of a key behind many that were skipped": workers(
      async ({ reactor, deposit, reach }) => {
        const post = mail();
        post.breaks = ({ version }) => version <= 101;
        const names = Array.from({ length: 101 }, () => "a");
        const first = await reactor({
          reactions: [{ reaction: post.reaction, retries: 0, poison: "skip" }],
        });
        await first.start();
        await reach(first, await deposit(...names));
        await first.stop();
        post.breaks = nth("a", 102);
        const second = await reactor({
          reactions: [{ reaction: post.reaction, retries: 0, poison: "park" }],
        });
        await second.start();
        await reach(second, await deposit("a", "a"));
        const [parked, behind] = await second.deadLetters.list("mail", { after: 101 });
        deepEqual([parked?.reason, behind?.reason], ["parked", "behind"]);
        post.breaks = () => false;
        const retry = (position: number) => second.deadLetters.retry("mail", position);
        await rejectsWithReadError(retry(behind!.position), "OUT_OF_ORDER");
        await retry(parked!.position);
        await retry(behind!.position);
      },
    ),

    "parks nobody again whose letters are closed while it is at a batch": workers(
      async ({ reactor, deposit, reach, store, time }) => {
        const post = mail();
        post.breaks = nth("a", 1);
        const one = await reactor({
          reactions: [{ reaction: post.reaction, retries: 0, poison: "park" }],
        });
        await one.start();
        await reach(one, await deposit("a"));
        post.breaks = () => false;
        let release = (): void => {};
        const held = new Promise<void>((resolve) => (release = resolve));
        post.before = ({ stream }) => (stream === "account-b" ? held : undefined);
        one.pause();
        const token = await deposit("b", "a", "a");
        await one.resume();
        await time.settle();
        post.before = () => {};
        await one.deadLetters.retryAll("mail");
        release();
        await reach(one, token);
        equal(await store.countDeadLetters("mail"), 0);
        deepEqual(post.calls.map(({ stream }) => stream.at(-1)).join(""), "aabaa");
      },
    ),

    "sets an event aside whose key cannot be told": workers(
      async ({ reactor, deposit, reach, store }) => {
        const post = mail();
        const keyless: Reaction = {
          ...post.reaction,
          keyOf(event) {
            if (nth("b", 1)(event)) throw new Error("no key");
            return post.reaction.keyOf(event);
          },
        };
        const one = await reactor({
          reactions: [{ reaction: keyless, retries: 1, poison: "park", partitions: 2 }],
        });
        await one.start();
        await reach(one, await deposit("a", "b", "b", "c"));
        deepEqual(new Set(post.calls.map(({ stream }) => stream.at(-1))), new Set("abc".split("")));
        deepEqual(
          (await store.listDeadLetters("mail")).map(({ key, reason, attempts }) => [
            key,
            reason,
            attempts,
          ]),
          [["", "skipped", 2]],
        );
      },
    ),

    "ends, and holds, after the event under way": workers(
      async ({ reactor, deposit, reach, time }) => {
        const post = mail();
        const one = await reactor({ reactions: [post.reaction] });
        let acted: Promise<void> | undefined;
        post.before = () => {
          if (post.calls.length === 1) acted = one.stop();
          if (post.calls.length === 3) one.pause();
        };
        await one.start();
        const token = await deposit("a", "b", "c", "d", "e", "f");
        await time.until(() => acted !== undefined);
        await acted;
        equal(post.calls.length, 2);
        await one.start();
        await time.until(() => post.calls.length === 4);
        await time.advance(10_000);
        equal(post.calls.length, 4);
        await one.resume();
        await reach(one, token);
        equal(post.calls.length, 6, "none twice");
      },
    ),

    "keeps its lease through reactions that take longer than that lasts": workers(
      async ({ reactor, deposit, reach, time }) => {
        const post = mail();
        post.before = () =>
          new Promise((resolve) => void time.after(LEASE_MS * 4, () => resolve(undefined)));
        const options = { reactions: [post.reaction] };
        const [one, two] = [await reactor(options), await reactor(options)];
        await one.start();
        await two.start();
        const token = await deposit("a", "b", "c");
        await reach(two, token);
        equal(post.calls.length, 3, "nobody else has reacted meanwhile");
      },
    ),

    "leaves the rest to others when it has lost its lease in the middle": workers(
      async ({ reactor, deposit, reach, time }) => {
        const post = mail();
        let hasBegun = false;
        const one = await reactor(
          { reactions: [post.reaction] },
          { plan: ({ method }) => (hasBegun && method === "renew" ? { kind: "fail" } : undefined) },
        );
        let release = (): void => {};
        const held = new Promise<void>((resolve) => (release = resolve));
        let begin = (): void => {};
        const begun = new Promise<void>((resolve) => (begin = resolve));
        post.before = ({ stream }) => {
          post.before = () => {};
          hasBegun = true;
          begin();
          return stream === "account-a" ? held : undefined;
        };
        await one.start();
        const token = await deposit("a", "b", "c");
        await time.drive(begun);
        const two = await reactor({ reactions: [post.reaction] });
        await two.start();
        await reach(two, token);
        one.pause();
        release();
        await time.advance(LEASE_MS);
        const streams = post.calls.map(({ stream }) => stream.at(-1)).join("");
        equal(streams, "abca", "only the event under way is repeated");
        equal(post.calls[0]?.key, post.calls[3]?.key);
      },
    ),

    "is taken over when a worker dies, and divided among workers": workers(
      async ({ reactor, deposit, reach }) => {
        const post = mail();
        const names = "abcdefgh".split("");
        const options = { reactions: [{ reaction: post.reaction, partitions: 3 }] };
        const [one, two] = [await reactor(options), await reactor(options)];
        await one.start();
        await two.start();
        await reach(two, await deposit(...names, ...names));
        one.kill();
        await reach(two, await deposit(...names));
        for (const name of names) {
          const mine = post.calls.filter(({ stream }) => stream === `account-${name}`);
          deepEqual(
            mine.map(({ position }) => position),
            mine.map(({ position }) => position).toSorted((a, b) => a - b),
          );
          equal(mine.length, 3);
        }
      },
    ),

    "leaves nothing out when the keys are divided anew": workers(
      async ({ reactor, deposit, reach, store }) => {
        const post = mail();
        const names = "abcdefgh".split("");
        post.breaks = nth("c", 1);
        const first = await reactor({
          reactions: [{ reaction: post.reaction, partitions: 3, retries: 0 }],
        });
        await first.start();
        await deposit(...names);
        await first.stop();
        post.breaks = () => false;
        const second = await reactor({ reactions: [{ reaction: post.reaction, partitions: 2 }] });
        await second.start();
        await reach(second, await deposit(...names));
        const done = new Set(post.calls.map(({ key }) => key));
        const ids = (await readAll(store, 100)).map(({ metadata }) => metadata.id);
        deepEqual(done, new Set(ids));
      },
    ),

    "waits, reports and tells listeners as a projector does": workers(
      async ({ reactor, deposit, reach, time }) => {
        const post = mail();
        const one = await reactor({ reactions: [post.reaction] });
        await rejectsWithReadError(one.waitFor(await deposit("a")), "NOT_RUNNING");
        let changes = 0;
        const hearing = one.onChange(() => changes++);
        await one.start();
        const token = await deposit("a");
        await reach(one, token);
        const [status] = await one.status();
        deepEqual(
          [status?.name, status?.state, status?.lag.events, status?.deadLetters],
          ["mail", "running", 0, 0],
        );
        ok(changes > 0);
        hearing[Symbol.dispose]();
        one.pause("mail");
        const late = one.waitFor(await deposit("a"), { timeoutMs: 10 });
        await rejectsWithReadError(time.drive(late), "STALE");
        await one.resume("mail");
        await one[Symbol.asyncDispose]();
        equal((await one.status())[0]?.state, "idle");
      },
    ),

    "refuses what makes no sense": workers(async ({ store, reactor }) => {
      const { reaction: one } = mail();
      await rejectsWithClass(reactor({ reactions: [one, one] }), TypeError);
      const made = createReactor(store, { reactions: [one] });
      await rejectsWithReadError(made.deadLetters.list("nobody"), "UNKNOWN_PROJECTION");
      for (const bad of [
        () => reaction("Not a name", { events: [], on: {} }),
        () => reaction("mail", { events: [Deposited], on: {} as never }),
      ]) {
        await rejectsWithClass((async () => bad())(), TypeError);
      }
    }),
  });
}
