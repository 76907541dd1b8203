import { forAll, red, rule, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Outcome } from "./evening.ts";
import { openEvening } from "./evening.ts";

const CONCERT = "concert-1";
const at = ["sleep(", "async free(", "free("];
const lagMs = fc.integer({ min: 0, max: 1_900 });
const FEW = { numRuns: 30 };

/** How much later than it could an answer may come: enough for who looks every now and then. */
const SLACK_MS = 50;
/** A little more than the two seconds of the README. */
const PATIENCE_MS = 2_500;

rule(
  "Without a token nobody waits",
  { why: "who has written nothing takes what there is", at },
  () =>
    forAll(
      lagMs,
      async (lagMs) => {
        await using evening = await openEvening(lagMs);
        await evening.office.reserve(CONCERT);
        const { ms } = answered(
          await evening.outcomeOf(evening.office.free(CONCERT)),
          "reserve (ada) → free without a token (bob)",
        );
        if (ms === 0) return;
        red({
          given: `reserve (ada) → free without a token (bob), lag ${lagMs} ms`,
          observed: `answered after ${ms} ms`,
          expected: "at once",
          consequence: "All customers pay for what one of them needs.",
        });
      },
      FEW,
    ),
);

rule(
  "A read is never older than its token",
  { why: "nobody believes a page that shows less than they have just done", at },
  () =>
    forAll(
      lagMs,
      async (lagMs) => {
        await using evening = await openEvening(lagMs);
        const token = await evening.office.reserve(CONCERT);
        const given = `reserve → token · the view lags ${lagMs} ms · free(token)`;
        const { free } = answered(
          await evening.outcomeOf(evening.office.free(CONCERT, token)),
          given,
        );
        expectFree(free, {
          given,
          consequence: "The customer sees the seat as free and reserves another one.",
        });
      },
      FEW,
    ),
);

rule("A read waits for its own token alone", { why: "others write all the time", at }, () =>
  forAll(
    fc.constantFrom(900, 1_500, 300, 0),
    async (lagMs) => {
      await using evening = await openEvening(lagMs);
      const { office, time } = evening;
      const token = await office.reserve(CONCERT);
      const given = `reserve (ada) · lag ${lagMs} ms · others reserve every 100 ms · free(ada's token)`;
      await time.advance(lagMs / 2);
      await office.reserve("concert-2");
      const dueMs = Math.ceil(lagMs / 2);
      const outcome = await evening.outcomeOf(office.free(CONCERT, token), () =>
        office.reserve("concert-2"),
      );
      const { free, ms } = answered(outcome, given);
      expectFree(free, { given, consequence: "The seat that ada has just reserved is missing." });
      if (ms <= dueMs + SLACK_MS) return;
      red({
        given,
        observed: `answered after ${ms} ms`,
        expected: `after ${dueMs} ms: ada's event was in the view`,
        consequence: "It waits for time, or for others' events, and not for its own.",
      });
    },
    { numRuns: 8 },
  ),
);

rule(
  "A view that stays behind is called stale",
  { why: "a wait has to end, and an old answer must not pass for a fresh one", at },
  async () => {
    await using evening = await openEvening(0);
    const { office, projector } = evening;
    projector.pause();
    const token = await office.reserve(CONCERT);
    const given = "the view stands still · reserve → token → free(token)";
    const outcome = await evening.outcomeOf(office.free(CONCERT, token));
    const expected = "an error with code STALE after 2 s";
    if (!outcome) {
      const consequence = "A request that never ends takes its place in the server with it.";
      red({ given, observed: "still waiting after 10 s", expected, consequence });
    }
    if ("free" in outcome) {
      const consequence = "Nobody can tell the old answer from a fresh one.";
      red({ given, observed: `free ${outcome.free}, as if it were fresh`, expected, consequence });
    }
    const { error, ms } = outcome;
    const isStale = error instanceof Error && "code" in error && error.code === "STALE";
    if (!isStale) red({ given, observed: `threw ${show(error)}`, expected });
    if (ms > PATIENCE_MS) red({ given, observed: `STALE after ${ms} ms`, expected });
  },
);

rule(
  "The next request may reach another process",
  { why: "three of them stand behind the load balancer", at },
  async () => {
    await using evening = await openEvening(500);
    const given = "reserve in process 1 → token → free(token) in process 2";
    const token = await evening.office.reserve(CONCERT);
    const { free } = answered(await evening.outcomeOf(evening.open().free(CONCERT, token)), given);
    expectFree(free, {
      given,
      consequence: "What one process remembers the other has never heard of; the token travels.",
    });
  },
);

/** One of 20 seats is reserved, by whoever asks. */
function expectFree(
  free: number,
  { given, consequence }: { readonly given: string; readonly consequence: string },
): void {
  if (free !== 19) red({ given, observed: `free ${free}`, expected: "19", consequence });
}

function answered(outcome: Outcome | undefined, given: string): Outcome & { free: number } {
  if (!outcome) {
    return red({
      given,
      observed: "still waiting after 10 s",
      expected: "an answer",
      consequence: "Where others write on, the head of the log is never reached.",
    });
  }
  if ("free" in outcome) return outcome;
  return red({
    given,
    observed: `threw ${show(outcome.error)} after ${outcome.ms} ms`,
    expected: "an answer",
    consequence: "The view would have been fresh enough within two seconds.",
  });
}
