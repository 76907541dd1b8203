import type { QueryMessage } from "@counterpoint/bus";
import { query, type } from "@counterpoint/bus";
import {
  forAll,
  red,
  refuses,
  rule,
  same,
  seed,
  show,
  typeRule,
} from "@counterpoint/workshop/grading";
import fc from "fast-check";
import { SeatsLeft, createQueryBus, seatsLeft } from "../exercise.ts";
import { BusyConcerts, settle } from "./box-office.ts";

const asked = SeatsLeft({ concertId: "concert-1" });
const concert = fc
  .tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }))
  .map(([taken, left]) => ({ taken, seats: taken + left + 1, asked: 0 }));

rule(
  "Two buses share nothing",
  {
    why: "every test, tenant and worker makes a bus of its own",
    at: ["handlers = ", "clear()", "createQueryBus"],
  },
  async () => {
    const Asked = query(`SeatsLeft${seed()}`, { result: type<number>() }); // a shared registry outlives a run
    const first = createQueryBus();
    first.register(Asked, () => 1);
    const second = createQueryBus();
    await refuses(() => second.ask(Asked()), "HANDLER_NOT_FOUND", {
      given: "bus 1: register(SeatsLeft) → bus 2: ask(SeatsLeft)",
      consequence: "One registry for all: the fake of one test answers in another.",
    });
    second.register(Asked, () => 2);
    for (const [name, bus, expected] of [
      ["1", first, 1],
      ["2", second, 2],
    ] as const) {
      const observed = await outcomeOf(bus, Asked());
      if (observed === show(expected)) continue;
      red({
        given: `both register(SeatsLeft) → bus ${name}: ask(SeatsLeft)`,
        observed,
        expected: `${expected}, from its own handler`,
        consequence: "Making bus 2 changed what bus 1 knows.",
      });
    }
  },
);

rule(
  "The handler gets the payload, the caller its answer",
  { why: "the bus routes, and nothing else", at: "ask" },
  () =>
    forAll(fc.tuple(fc.string(), fc.nat()), async ([concertId, answer]) => {
      const bus = createQueryBus();
      let received: unknown;
      bus.register(SeatsLeft, (payload) => {
        received = payload;
        return answer;
      });
      const given = `ask(SeatsLeft(${show({ concertId })}))`;
      same(await bus.ask(SeatsLeft({ concertId })), answer, { given });
      same(received, { concertId }, { given });
    }),
);

typeRule("The answer has the type that the contract promises", {
  why: "the contract has said it once; whoever repeats it may err",
  at: ["ask", "createQueryBus"],
  file: "inferred.test-d.ts",
  given: "const left: number = await bus.ask(SeatsLeft(…))",
  observed: "it does not compile, or a handler without annotations does not",
  expected: "types that follow from the contract",
  consequence: "Each caller casts by hand, and no cast hears of it when the contract changes.",
});

typeRule("Nobody chooses another type than the contract's", {
  why: "a type parameter that stands in the result alone is the caller's wish",
  at: ["ask<", "register", "ask"],
  file: "chosen.test-d.ts",
  given: 'register(SeatsLeft, () => "many") · const left: string = await ask(SeatsLeft(…))',
  observed: "at least one of them compiles",
  expected: "two type errors",
  consequence: "It is a cast that nobody sees: the text is a number when it arrives.",
});

rule(
  "The answer is how many seats are left",
  { why: "that was the question", at: "seatsLeft" },
  () =>
    forAll(concert, async (row) => {
      const { seats, taken } = row;
      const answer = await seatsLeft(new BusyConcerts(row))(asked.payload);
      same(answer, seats - taken, { given: `${taken} of ${seats} taken → SeatsLeft` });
    }),
);

rule(
  "A question changes nothing",
  {
    why: "questions are cached, repeated and sent to replicas, as if they cost nothing",
    at: [".save(", "seatsLeft"],
  },
  () =>
    forAll(concert, async (row) => {
      const concerts = new BusyConcerts(row);
      await seatsLeft(concerts)(asked.payload);
      await settle();
      const given = "SeatsLeft reads the row · a seat is reserved · SeatsLeft ends";
      if (concerts.taken !== row.taken + 1) {
        red({
          given,
          observed: `taken ${concerts.taken}`,
          expected: `${row.taken + 1}`,
          consequence: "The question wrote back the row that it had read: a reservation is gone.",
        });
      }
      if (concerts.writes.length > 0) {
        red({
          given,
          observed: `${concerts.writes.length} × ${concerts.writes[0]}`,
          expected: "no write",
          consequence: "On a replica it fails; from a cache it counts nothing.",
        });
      }
    }),
);

async function outcomeOf(
  bus: ReturnType<typeof createQueryBus>,
  message: QueryMessage,
): Promise<string> {
  try {
    return show(await bus.ask(message));
  } catch (error) {
    return `threw ${show(error)}`;
  }
}
