import { forAll, red, rule, same } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import {
  STREAM,
  createEvening,
  eurosOf,
  inWords,
  oldSale,
  recorded,
  takingsOf,
} from "./evening.ts";

const history = fc.array(recorded, { maxLength: 4 });
const newOnly = fc
  .array(recorded, { maxLength: 3 })
  .map((events) => events.filter((each) => "cents" in each));
const A1 = { customer: "ada", seat: "A1", cents: 4_000 };
const A2 = { customer: "bob", seat: "A2", cents: 4_000 };

rule(
  "Who buys gets a ticket",
  { why: "that was paid for", at: ["async sell", "sell("] },
  async () => {
    const evening = createEvening();
    const boxOffice = evening.start();
    await boxOffice.sell(A1);
    await boxOffice.sell(A2);
    same(evening.mails, ["A1 to ada", "A2 to bob"], {
      given: "sell A1 to ada → sell A2 to bob → mails",
      consequence: "With the mails out of the fold, nobody sends them; a sale has to.",
    });
  },
);

rule(
  "Replaying sends nothing",
  { why: "the log is read again with every rebuild", at: ["sendTicket(", "fold("] },
  async () => {
    for (const read of ["rebuild", "takings"] as const) {
      const evening = createEvening();
      await evening.start().sell(A1);
      await evening.start()[read]();
      if (evening.mails.length !== 1) {
        red({
          given: `sell A1 to ada → restart → ${read}`,
          observed: `ada has ${evening.mails.length} tickets`,
          expected: "1",
          consequence:
            "What acts while it folds, acts again with every replay: for each seat ever sold.",
        });
      }
    }
  },
);

rule(
  "An old event means what it meant",
  { why: "the log keeps what was recorded, in the form of its day", at: ["upcasters(", "euros"] },
  async () => {
    for (const euros of [40, 0, 19.99]) {
      const evening = createEvening();
      const events = [oldSale(euros)];
      await evening.record(events);
      same(await evening.start().rebuild(), takingsOf(events), {
        given: `${inWords(events)} → rebuild`,
        consequence:
          "Upcasting changes the form and never the amount; the accounts of last year are closed.",
      });
    }
  },
);

rule(
  "A snapshot and its tail make what all events make",
  { why: "a snapshot saves time, and nothing else", at: ["const tail", "fromVersion", "takings("] },
  () =>
    forAll(fc.tuple(history, history), async ([before, after]) => {
      const evening = createEvening();
      await evening.record(before);
      await evening.start().rebuild();
      await evening.record(after);
      const given = [inWords(before), "rebuild", inWords(after), "takings"];
      same(await evening.start().takings(), takingsOf([...before, ...after]), {
        given: given.filter((each) => each !== "").join(" → "),
        consequence: "The tail is read by another way than the whole: is it the same events?",
      });
    }),
);

rule(
  "A snapshot of last year's schema is not taken for one of today's",
  { why: "a snapshot holds a state, and that has an age as well", at: ["loadSnapshot", "schema"] },
  () =>
    forAll(
      fc.tuple(fc.array(recorded, { minLength: 1, maxLength: 3 }), history),
      async ([before, after]) => {
        const evening = createEvening();
        await evening.record(before);
        const state = { sold: before.length, euros: eurosOf(before) };
        const version = before.length;
        await evening.store.saveSnapshot(STREAM, { state, version, position: version, schema: 1 });
        await evening.record(after);
        const given = [`snapshot ${JSON.stringify(state)}, schema 1`, inWords(after), "takings"];
        same(await evening.start().takings(), takingsOf([...before, ...after]), {
          given: given.filter((each) => each !== "").join(" → "),
          consequence:
            "Upcasters see events; past a snapshot they see none. Nobody asked how old it is.",
        });
      },
    ),
);

rule(
  "A rebuild starts from nothing",
  { why: "it is what you do when a snapshot is wrong", at: ["rebuild("] },
  () =>
    forAll(fc.tuple(newOnly, newOnly), async ([events, others]) => {
      const [evening, other] = [createEvening(), createEvening()];
      await evening.record(events);
      await other.record([...others, ...events]);
      await other.start().rebuild();
      const wrong = await other.store.loadSnapshot(STREAM);
      if (wrong) await evening.store.saveSnapshot(STREAM, { ...wrong, version: events.length });
      const given = "a snapshot that a bug has spoilt → rebuild";
      same(await evening.start().rebuild(), takingsOf(events), {
        given,
        consequence: "It trusts the very snapshot that it was called to mend.",
      });
      if (events.length === 0) return; // nothing to keep a snapshot of
      same(await evening.start().takings(), takingsOf(events), {
        given: `${given} → takings`,
        consequence: "The next one reads the spoilt snapshot again.",
      });
    }),
);
