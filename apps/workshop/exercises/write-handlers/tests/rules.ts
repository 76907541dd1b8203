import type { CommandBus, CommandMessage } from "@counterpoint/bus";
import { forAll, red, rule, same, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Hall } from "../exercise.ts";
import { ReserveSeats, createBoxOffice } from "../exercise.ts";

const SEATS = ["A1", "A2", "A3", "A4", "A5", "A6"];
const MOST_SEATS = 4;

interface Situation {
  readonly hall: Hall;
  readonly customer: string;
  readonly seats: readonly string[];
}

/** Few customers and few seats, so that they meet. */
const customer = fc.constantFrom("ada", "bob");
const owner = fc.oneof({ withCrossShrink: true }, fc.constant(null), customer);
const hall = fc
  .tuple(...SEATS.map(() => owner))
  .map((owners): Hall => new Map(SEATS.map((seat, index) => [seat, owners[index] ?? null])));
const seats = fc.uniqueArray(fc.constantFrom(...SEATS, "Z9"), { minLength: 1, maxLength: 5 });
/** All is free but what the customer has, and with what is asked for it is one too many. */
const oneTooMany = fc.tuple(customer, fc.nat({ max: MOST_SEATS })).map(([customer, own]) => ({
  hall: new Map(SEATS.map((seat, index) => [seat, index < own ? customer : null])),
  customer,
  seats: SEATS.slice(own, MOST_SEATS + 1),
}));
const situation = fc.oneof(fc.record({ hall, customer, seats }), oneTooMany);

/** What comes in over HTTP when nobody has looked, and what it is in words. */
const MALFORMED: readonly (readonly [payload: unknown, words: string])[] = [
  [{ seats: ["A1"] }, "no customer"],
  [{ customer: "", seats: ["A1"] }, "a customer without a name"],
  [{ customer: { id: 7 }, seats: ["A1"] }, "a customer that is no text"],
  [{ customer: "ada", seats: [] }, "no seat"],
  [{ customer: "ada", seats: ["A1", "A1"] }, "a seat that is named twice"],
  [{ customer: "ada", seats: "A1" }, "a text in the place of a list"],
  [{ customer: "ada", seats: ["A1", 7] }, "a seat that is no text"],
  [{ customer: "ada" }, "no list of seats"],
  [null, "null"],
];

rule(
  "An accepted command gives the customer every seat",
  { why: "that was asked for", at: ["hall.set", "createBoxOffice"] },
  () =>
    forAll(situation, async ({ hall, customer, seats }) => {
      if (reasonsAgainst(hall, customer, seats).length > 0) return;
      const expected = new Map(hall);
      for (const seat of seats) expected.set(seat, customer);
      const given = inWords(hall, customer, seats);
      const refusal = await send(hall, ReserveSeats({ customer, seats }));
      if (refusal) red({ given, observed: `refused: ${show(refusal)}`, expected: "accepted" });
      same(Object.fromEntries(hall), Object.fromEntries(expected), { given });
    }),
);

rule(
  "A refusal says why",
  { why: "the page tells the customer what to do next", at: ["refusal", "createBoxOffice"] },
  () =>
    forAll(situation, async ({ hall, customer, seats }) => {
      const reasons = reasonsAgainst(hall, customer, seats);
      if (reasons.length === 0) return;
      const given = inWords(hall, customer, seats);
      const refusal = await send(hall, ReserveSeats({ customer, seats }));
      if (reasons.some((reason) => codeOf(refusal) === reason)) return;
      red({
        given,
        observed: refusal ? `refused: ${show(refusal)}` : "accepted",
        expected: `an error with code ${reasons.join(" or ")}`,
      });
    }),
);

rule(
  "A refused command changes nothing",
  {
    why: "who reads “refused” believes that nothing has happened",
    at: ["hall.set", "createBoxOffice"],
  },
  async () => {
    const half = new Map(SEATS.map((seat) => [seat, seat === "A2" ? "bob" : null]));
    await leavesNoTrace({ hall: half, customer: "ada", seats: ["A1", "A2"] }); // the case that reads best
    await forAll(situation, leavesNoTrace);
  },
);

rule(
  "What is no ReserveSeats is refused before it does anything",
  { why: "a payload is whatever somebody has sent", at: ["type<", "validate", "ReserveSeats ="] },
  async () => {
    for (const [payload, words] of MALFORMED) {
      const hall: Hall = new Map(SEATS.map((seat) => [seat, null]));
      const before = Object.fromEntries(hall);
      const given = `ReserveSeats with ${words}: ${show(payload)}`;
      const refusal = await send(hall, { type: "ReserveSeats", payload });
      const taken = [...hall].filter(([, owner]) => owner !== null);
      if (codeOf(refusal) !== "INVALID_PAYLOAD") {
        const answer = refusal ? `refused: ${show(refusal)}` : "accepted";
        const [[seat, owner] = []] = taken;
        red({
          given,
          observed: seat === undefined ? answer : `${seat} belongs to ${ownerInWords(owner)}`,
          expected: "an error with code INVALID_PAYLOAD",
          consequence: (await knows(payload))
            ? "Your schema refuses it, but nobody asks it: a contract does not check by itself."
            : "Types end where JSON begins: nobody has looked at what came in.",
        });
      }
      same(Object.fromEntries(hall), before, { given, consequence: "Refused, and half done." });
    }
  },
);

async function leavesNoTrace({ hall, customer, seats }: Situation): Promise<void> {
  if (reasonsAgainst(hall, customer, seats).length === 0) return;
  const before = new Map(hall);
  const given = inWords(hall, customer, seats);
  const refusal = await send(hall, ReserveSeats({ customer, seats }));
  for (const [seat, owner] of before) {
    const now = hall.get(seat);
    if (now === owner) continue;
    red({
      given: `${given} → ${codeOf(refusal) ?? "accepted"}`,
      observed: `${seat} belongs to ${ownerInWords(now)}`,
      expected: owner ?? "nobody",
      consequence:
        owner === null
          ? "Refused, and half done: the check came after the change."
          : "The undoing took a seat that belonged to somebody before.",
    });
  }
  if (hall.size > before.size) {
    red({ given, observed: `${hall.size} seats in the hall`, expected: `${before.size}` });
  }
}

/** @returns What was thrown, or `undefined` when the command was accepted. */
async function send(hall: Hall, message: CommandMessage): Promise<unknown> {
  const bus = createBoxOffice(hall) as CommandBus<CommandMessage>; // also for what does not compile
  try {
    await bus.dispatch(message);
    return undefined;
  } catch (error) {
    return error ?? new Error("Nothing was thrown.");
  }
}

/** The reasons for which a sound command has to be refused; any of them may be given. */
function reasonsAgainst(hall: Hall, customer: string, seats: readonly string[]): string[] {
  const own = [...hall.values()].filter((owner) => owner === customer).length;
  return [
    ...(seats.some((seat) => !hall.has(seat)) ? ["NO_SUCH_SEAT"] : []),
    ...(seats.some((seat) => hall.get(seat) != null) ? ["SEAT_TAKEN"] : []),
    ...(own + seats.length > MOST_SEATS ? ["TOO_MANY_SEATS"] : []),
  ];
}

/** Tells whether the contract carries a schema that refuses the payload. */
async function knows(payload: unknown): Promise<boolean> {
  return Boolean((await ReserveSeats.payload["~standard"].validate(payload)).issues);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function inWords(hall: Hall, customer: string, seats: readonly string[]): string {
  const taken = [...hall].flatMap(([seat, owner]) => (owner ? [`${seat} is ${owner}'s`] : []));
  return [...taken, `${customer} wants ${seats.join(", ")}`].join(" · ");
}

function ownerInWords(owner: unknown): string {
  return owner === null ? "nobody" : typeof owner === "string" && owner ? owner : show(owner);
}
