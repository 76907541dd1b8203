import { forAll, red, rule, same, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Page, Reservation } from "../exercise.ts";
import type { Refused } from "./world.ts";
import { createWorld } from "./world.ts";

const ADA = { actor: "ada" };
const USHER = { actor: "usher" };

/** Reservations r1, r2, … of these customers, in this order. */
function reservationsOf(customers: readonly string[]): Reservation[] {
  return customers.map((customer, index) => ({
    id: `r${index + 1}`,
    customer,
    seat: `A${index + 1}`,
  }));
}

const limit = fc.integer({ min: 1, max: 4 });
const anybody = fc.constantFrom("ada", "bob", "eve");
const others = fc.constantFrom("bob", "eve");

rule(
  "Everybody finds what is theirs, page by page",
  { why: "that was the question", at: "FindReservations, (" },
  () =>
    forAll(fc.record({ own: fc.nat({ max: 5 }), limit }), async ({ own, limit }) => {
      const reservations = reservationsOf(Array<string>(own).fill("ada"));
      same(
        await createWorld(reservations).find(ADA, limit),
        { reservations: reservations.slice(0, limit), total: own },
        { given: `ada has ${own} reservations and asks for ${limit}` },
      );
    }),
);

rule("Their own reservation is theirs to cancel", { why: "plans change", at: "mmands = " }, () =>
  forAll(fc.array(others, { maxLength: 3 }), async (customers) => {
    const world = createWorld(reservationsOf(["ada", ...customers]));
    const given = "ada cancels r1, her own";
    same(await world.cancel(ADA, "r1"), "cancelled", { given });
    if (world.has("r1")) red({ given, observed: "r1 is still there", expected: "gone" });
  }),
);

rule(
  "Who asks is who is signed in",
  {
    why: "a payload is what somebody typed; metadata is what the server knows",
    at: ["{ actor, limit }", "claimed", "metadata", "actor"],
  },
  async () => {
    for (const actor of ["eve", undefined]) {
      const world = createWorld(reservationsOf(["ada"]));
      const asker = { actor, claims: "ada" };
      const signedIn = actor ? `${actor} is signed in` : "nobody is signed in";
      const page = await world.find(asker, 10);
      if (!isRefused(page) && page.reservations.length > 0) {
        red({
          given: `${signedIn}, the payload says ada · FindReservations`,
          observed: "ada's reservation",
          expected: "nothing of hers",
          consequence: actor
            ? "Anybody reads anybody's reservations: a name is enough."
            : "Anybody reads everything without signing in: a name is enough.",
        });
      }
      await world.cancel(asker, "r1");
      if (world.has("r1")) continue;
      red({
        given: `${signedIn}, the payload says ada · CancelReservation(r1)`,
        observed: "ada's reservation is gone",
        expected: "it stays",
        consequence: "Anybody cancels anybody's reservations: a name is enough.",
      });
    }
  },
);

rule(
  "What is hidden changes no answer",
  {
    why: "whoever sees an answer move learns what moved it",
    at: ["slice(", "FindReservations, ("],
  },
  () =>
    forAll(
      fc.record({ customers: fc.array(anybody, { maxLength: 6 }), limit }),
      async ({ customers, limit }) => {
        const all = reservationsOf(customers);
        const own = all.filter(({ customer }) => customer === "ada");
        const page = await createWorld(all).find(ADA, limit);
        const alone = await createWorld(own).find(ADA, limit);
        same(page, alone, {
          given: `${inWords(all)} · ada asks for ${limit}`,
          consequence: leakIn(page, alone),
        });
      },
    ),
);

rule(
  "The usher sees everything",
  { why: "at the door each ticket is looked up", at: "usher" },
  () =>
    forAll(fc.array(anybody, { maxLength: 4 }), async (customers) => {
      const reservations = reservationsOf(customers);
      same(
        await createWorld(reservations).find(USHER, 10),
        { reservations, total: reservations.length },
        { given: `${customers.length} reservations · the usher asks` },
      );
    }),
);

rule(
  "Who may read everything may not cancel everything",
  { why: "reading and writing are two rights", at: ["const mayCancel", "const may"] },
  () =>
    forAll(anybody, async (customer) => {
      const world = createWorld(reservationsOf([customer]));
      const answer = await world.cancel(USHER, "r1");
      if (isRefused(answer) && world.has("r1")) return;
      red({
        given: `the usher cancels r1, which is ${customer}'s`,
        observed: world.has("r1") ? show(answer) : "r1 is gone",
        expected: "refused, and r1 is there",
        consequence: "The right to look was taken for the right to change.",
      });
    }),
);

rule(
  "A hidden reservation and a missing one look the same",
  { why: "a refusal is an answer too", at: ["throw new Error", "mmands = "] },
  () =>
    forAll(others, async (customer) => {
      const given = `ada cancels r1, which is ${customer}'s`;
      const world = createWorld(reservationsOf([customer]));
      const answer = await world.cancel(ADA, "r1");
      if (!world.has("r1")) red({ given, observed: "r1 is gone", expected: "it stays" });
      const missing = await createWorld([]).cancel(ADA, "r1");
      if (!isRefused(missing)) {
        red({ given: "ada cancels r1, which is nobody's", observed: missing, expected: "refused" });
      }
      if (isRefused(answer) && answer.refused === missing.refused) return;
      red({
        given,
        observed: isRefused(answer) ? answer.refused : answer,
        expected: `as if there were none: ${missing.refused}`,
        consequence: "By trying ids she learns which exist: the refusal tells what the page hides.",
      });
    }),
);

function inWords(reservations: readonly Reservation[]): string {
  return reservations.map(({ id, customer }) => `${id} is ${customer}'s`).join(", ");
}

function isRefused(answer: Page | string | Refused): answer is Refused {
  return typeof answer === "object" && "refused" in answer;
}

function leakIn(page: Page | Refused, alone: Page | Refused): string {
  if (isRefused(page) || isRefused(alone)) return "Whether she is answered depends on others.";
  if (page.total !== alone.total) return "The count tells what the page hides: how well it sells.";
  return "The page was cut before it was filtered: what others have pushes hers off.";
}
