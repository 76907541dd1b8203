import { forAll, propertyRules, red, rule, sweep } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { SeatEvent, Storage, View } from "../exercise.ts";
import { createSeatsView, property } from "../exercise.ts";
import { createMutant as blindIncrement } from "../mutants/blind-increment.ts";
import { createMutant as consecutiveOnly } from "../mutants/consecutive-only.ts";
import { createView as allInOneRow } from "../mutants/correct-all-in-one-row.ts";
import { createView as versionInRow } from "../mutants/correct-version-in-row.ts";
import { createMutant as markBeforeApply } from "../mutants/mark-before-apply.ts";
import { createMutant as memoryOnly } from "../mutants/memory-only.ts";
import { createMutant as oneWatermark } from "../mutants/one-watermark.ts";
import { createMutant as typeKeyed } from "../mutants/type-keyed.ts";
import { createStorage, inProcess } from "./process.ts";

const type = fc.constantFrom<SeatEvent["type"]>("SeatReserved", "SeatReleased");
const at = ["free: free + (", "async handle(", "handle("];
/** Whatever the learner keeps. */
type Row = Parameters<typeof createSeatsView>[0] extends Storage<infer TRow> ? TRow : never;

rule(
  "Each event counts once when it comes once",
  { why: "two seats may be reserved one after the other", at },
  () =>
    forAll(fc.array(type, { minLength: 1, maxLength: 6 }), async (types) => {
      const events = streamOf("concert-1", types);
      const view = inProcess(createSeatsView);
      for (const event of events) await view.handle(event);
      await expectFree(view, events, {
        given: inWords(events),
        consequence: "An event is not told apart from another one of its type.",
      });
    }),
);

rule("Redelivery must not change the view", { why: "delivery is at-least-once", at }, () =>
  forAll(fc.array(type, { minLength: 1, maxLength: 4 }), async (types) => {
    const events = streamOf("concert-1", types);
    const view = inProcess(createSeatsView);
    for (const event of events) {
      await view.handle(event);
      await view.handle(event);
    }
    const doubled = events.flatMap((event) => [event, event]);
    await expectFree(view, events, {
      given: inWords(doubled),
      consequence: "A seat is gone that nobody has taken.",
    });
  }),
);

rule(
  "An older event that comes again changes nothing",
  { why: "a consumer that reconnects begins some events earlier, not one", at },
  () =>
    forAll(fc.array(type, { minLength: 2, maxLength: 4 }), async (types) => {
      const events = streamOf("concert-1", types);
      const view = inProcess(createSeatsView);
      for (const event of [...events, ...events]) await view.handle(event);
      await expectFree(view, events, {
        given: inWords([...events, ...events]),
        consequence: "Comparing with the last event alone lets every older one in again.",
      });
    }),
);

rule(
  "A restart forgets nothing",
  { why: "after a deployment the last events come again", at },
  () =>
    forAll(fc.array(type, { minLength: 1, maxLength: 4 }), async (types) => {
      const events = streamOf("concert-1", types);
      const view = inProcess(createSeatsView);
      for (const event of events) await view.handle(event);
      view.restart();
      for (const event of events) await view.handle(event);
      await expectFree(view, events, {
        given: `${inWords(events)} → restart → ${inWords(events)}`,
        consequence: "What the process remembers dies with it; what the storage keeps stays.",
      });
    }),
);

rule(
  "A crash loses nothing and counts nothing twice",
  {
    why: "the process may die between any two calls; the event then comes again",
    at: ["torage.save(", "async handle("],
  },
  () =>
    forAll(type, async (type) => {
      const [event] = streamOf("concert-1", [type]);
      if (!event) throw new Error("streamOf lost an event."); // one type makes one event
      await sweep({
        open: async () => ({ store: createStorage<Row>(), [Symbol.asyncDispose]: async () => {} }),
        scenario: (storage) => createSeatsView(storage).handle(event),
        restart: (storage) => createSeatsView(storage).handle(event),
        invariant: (storage) =>
          expectFree(createSeatsView(storage), [event], {
            given: `restart → ${inWords([event])}`,
            consequence:
              "The count and the mark were saved apart: one of them is there without the other.",
          }),
      });
    }),
);

rule("Each concert is counted by itself", { why: "versions count within one stream", at }, () =>
  forAll(fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: 1, max: 4 })), async ([first, second]) => {
    const ones = streamOf("concert-1", Array<"SeatReserved">(first).fill("SeatReserved"));
    const twos = streamOf("concert-2", Array<"SeatReserved">(second).fill("SeatReserved"));
    const view = inProcess(createSeatsView);
    for (const event of [...ones, ...twos]) await view.handle(event);
    await expectFree(view, [...ones, ...twos], {
      given: `${first} events of concert-1, then ${second} of concert-2`,
      consequence: "One mark for all streams takes the first events of the second for old ones.",
    });
  }),
);

propertyRules({
  property,
  noun: "view",
  uses: ["handle", "free"],
  at: ["asyncProperty", "property("],
  correct: {
    "the version in the concert's row": () => inProcess(versionInRow),
    "all positions in one row": () => inProcess(allInOneRow),
  },
  mutants: {
    "blind-increment": () => inProcess(blindIncrement),
    "memory-only": () => inProcess(memoryOnly),
    "type-keyed": () => inProcess(typeKeyed),
    "consecutive-only": () => inProcess(consecutiveOnly),
    "mark-before-apply": () => inProcess(markBeforeApply),
    "one-watermark": () => inProcess(oneWatermark),
  },
});

/** The events of one stream, with the positions of a log in which two streams take turns. */
function streamOf(stream: string, types: readonly SeatEvent["type"][]): SeatEvent[] {
  return types.map((type, index) => ({
    type,
    stream,
    version: index + 1,
    position: index * 2 + (stream === "concert-1" ? 1 : 2),
  }));
}

function inWords(events: readonly SeatEvent[]): string {
  return events.map(({ type, version }) => `${type}#${version}`).join(" → ");
}

async function expectFree(
  view: Pick<View, "free">,
  events: readonly SeatEvent[],
  circumstances: { readonly given: string; readonly consequence: string },
): Promise<void> {
  for (const stream of new Set(events.map((event) => event.stream))) {
    const own = events.filter((event) => event.stream === stream);
    const expected = own.reduce((free, { type }) => free + (type === "SeatReserved" ? -1 : 1), 20);
    const observed = await view.free(stream);
    if (observed === expected) continue;
    red({ ...circumstances, observed: `free ${observed}`, expected: `${expected}` });
  }
}
