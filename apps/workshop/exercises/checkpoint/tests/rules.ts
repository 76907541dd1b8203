import { forAll, red, rule, sweep } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Follower, Storage } from "../exercise.ts";
import { createFollower } from "../exercise.ts";
import type { Fact, TestLog } from "./log.ts";
import { createLog, createStorage } from "./log.ts";

/** Whatever the learner keeps. */
type Row = Parameters<typeof createFollower>[1] extends Storage<infer TRow> ? TRow : never;

const CONCERTS = ["concert-1", "concert-2"];
const fact = fc.record<Fact>({
  type: fc.constantFrom("SeatReserved", "SeatReleased"),
  concert: fc.constantFrom(...CONCERTS),
  gap: fc.nat({ max: 2 }),
});
const facts = fc.array(fact, { minLength: 1, maxLength: 7 });
const limit = fc.integer({ min: 1, max: 4 });
const at = ["checkpoint:", "checkpoint", "save(", "catchUp()"];

rule("Every event of the log counts once", { why: "the view is a fold of the log", at }, () =>
  forAll(fc.record({ facts, limit }), async ({ facts, limit }) => {
    const log = createLog(facts);
    const follower = createFollower(log, createStorage<Row>(), limit);
    await follower.catchUp();
    await expectFree(follower, log, `${inWords(log)} · limit ${limit}`, wrongTurn(log));
  }),
);

rule(
  "A later run goes on behind the last event",
  { why: "a process is restarted once a week, and the log is years long", at },
  () =>
    forAll(fc.record({ facts, more: facts, limit }), async ({ facts, more, limit }) => {
      const log = createLog(facts);
      const storage = createStorage<Row>();
      await createFollower(log, storage, limit).catchUp();
      const done = log.events.at(-1)?.position ?? 0;
      const readsBefore = log.reads.length;
      log.add(more);
      const follower = createFollower(log, storage, limit);
      await follower.catchUp();
      const given = `${inWords(log)} · restart after @${done}, limit ${limit}`;
      await expectFree(follower, log, given, wrongTurn(log));
      const again = log.reads.slice(readsBefore).find(({ after }) => after < done);
      if (!again) return;
      red({
        given,
        observed: `reads after ${again.after} once more`,
        expected: `nothing up to @${done} is read again`,
        consequence: "Right, and slower with each year: it begins before what it has done.",
      });
    }),
);

rule(
  "A crash loses nothing and counts nothing twice",
  { why: "the process may die between any two calls, and a new one goes on", at },
  () =>
    forAll(fc.constantFrom(1, 2, 5), async (limit) => {
      const log = createLog(FIVE);
      await sweep<Storage<Row> & Pick<TestLog, "readLog">>({
        open: async () => ({
          store: { ...createStorage<Row>(), readLog: (options) => log.readLog(options) },
          [Symbol.asyncDispose]: async () => {},
        }),
        scenario: (store) => createFollower(store, store, limit).catchUp(),
        restart: (store) => createFollower(store, store, limit).catchUp(),
        invariant: (store) =>
          expectFree(
            createFollower(store, store, limit),
            log,
            `restart, catch up · limit ${limit}`,
            tornApart,
          ),
      });
    }),
);

const FIVE: readonly Fact[] = [
  { type: "SeatReserved", concert: "concert-1", gap: 0 },
  { type: "SeatReserved", concert: "concert-1", gap: 0 },
  { type: "SeatReserved", concert: "concert-2", gap: 1 },
  { type: "SeatReserved", concert: "concert-1", gap: 0 },
  { type: "SeatReserved", concert: "concert-2", gap: 0 },
];

type Explain = (observed: number, expected: number) => string;

async function expectFree(
  follower: Follower,
  { events }: TestLog,
  given: string,
  explain: Explain,
): Promise<void> {
  for (const concert of CONCERTS) {
    const own = events.filter(({ stream }) => stream === concert);
    const expected = own.reduce((free, { type }) => free + (type === "SeatReserved" ? -1 : 1), 20);
    const observed = await follower.free(concert);
    if (observed === expected) continue;
    red({
      given,
      observed: `${concert} free ${observed}`,
      expected: `${expected}`,
      consequence: explain(observed, expected),
    });
  }
}

/** All events of the sweep reserve: more free seats than there should be are events that nobody counted. */
function tornApart(observed: number, expected: number): string {
  return observed > expected
    ? "The checkpoint was there before the count: what lay between is skipped for ever."
    : "The count was there before the checkpoint: what lay between was counted again.";
}

/** Looks at where the log was read next, because that is what a checkpoint is for. */
function wrongTurn({ events, reads }: TestLog): Explain {
  return () => {
    for (const [index, { after }] of reads.entries()) {
      const before = reads[index - 1]?.last;
      if (before === undefined || after === before) continue;
      const isPast = events.some(({ position }) => position > before && position <= after);
      if (isPast) {
        return `It read up to @${before} and went on after @${after}: what lies between is skipped for ever.`;
      }
      if (after < before && after > 0) {
        return `It read up to @${before} and went on after @${after}: positions have gaps, they do not count events.`;
      }
    }
    return "Events of one batch overwrote each other, or were not counted at all.";
  };
}

function inWords({ events }: TestLog): string {
  return events.map(({ type, stream, position }) => `${type}(${stream})@${position}`).join(" ");
}
