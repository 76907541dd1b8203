import { createMemoryStore } from "@counterpoint/memory";
import { forAll, red, refuses, rule, same, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Card, Decision, Platform, Reason } from "../exercise.ts";
import { createCards, decisions } from "../exercise.ts";
import { costsOf } from "./code.ts";

const MOST_LINES = 30;

const id = fc.constantFrom("ada", "bob");
const card = fc
  .tuple(id, fc.constantFrom("Ada", "Ada L.", "Bob"), fc.constantFrom("a@b.example", "c@d.example"))
  .map(([id, name, email]): Card => ({ id, name, email }));
/** A card is saved, a text names the card that is removed. */
const step = fc.oneof({ withCrossShrink: true }, card, id);
const steps = fc.array(step, { minLength: 1, maxLength: 5 });

rule(
  "What a clerk has saved is what the next page shows",
  { why: "a form that shows the old text again gets filled in again", at: ["find:", "find("] },
  () =>
    forAll(steps, async (steps) => {
      const cards = createCards(createPlatform());
      const expected = new Map<string, Card>();
      for (const [index, step] of steps.entries()) {
        if (typeof step === "string") await cards.remove(step);
        else await cards.save(step);
        remember(expected, step);
        for (const id of ["ada", "bob"]) {
          same(await cards.find(id), expected.get(id), {
            given: `${inWords(steps.slice(0, index + 1))} → find ${id}`,
            consequence: "The answer comes from a copy that catches up later. What is it for here?",
          });
        }
      }
    }),
);

rule("A restart forgets nothing", { why: "cards outlive the process", at: ["createCards"] }, () =>
  forAll(steps, async (steps) => {
    const platform = createPlatform();
    const cards = createCards(platform);
    const expected = new Map<string, Card>();
    for (const step of steps) {
      if (typeof step === "string") await cards.remove(step);
      else await cards.save(step);
      remember(expected, step);
    }
    const next = createCards(platform);
    for (const id of ["ada", "bob"]) {
      same(await next.find(id), expected.get(id), {
        given: `${inWords(steps)} → restart → find ${id}`,
        consequence: "What the process keeps to itself dies with it.",
      });
    }
  }),
);

rule(
  "A card without an address is refused",
  { why: "deleting ceremony is no reason to delete the rule in it", at: ["INVALID_CARD", "save"] },
  async () => {
    const cards = createCards(createPlatform());
    const card = { id: "ada", name: "Ada", email: "ada" };
    await refuses(async () => cards.save(card), "INVALID_CARD", {
      given: `save ${show(card)}`,
      consequence: "The one rule of this feature went with the machinery around it.",
    });
    same(await cards.find("ada"), undefined, { given: `save ${show(card)} → refused → find ada` });
  },
);

rule(
  "Who is removed is gone",
  { why: "a customer may demand to be forgotten", at: ["store.append", "CardSaved", "remove"] },
  async () => {
    const { store, table } = createPlatform();
    const cards = createCards({ store, table });
    await cards.save({ id: "ada", name: "Ada", email: "ada@example.org" });
    await cards.remove("ada");
    const given = "save ada@example.org → remove ada";
    same(await table.get("ada"), undefined, { given });
    for (const event of (await store.readLog({ after: 0, limit: 100 })).events) {
      if (!JSON.stringify(event).includes("ada@example.org")) continue;
      red({
        given,
        observed: `her address is in the log, as ${event.type}#${event.version}`,
        expected: "it is nowhere",
        consequence:
          "A log that never forgets is a promise; to this customer, it is the wrong one.",
      });
    }
  },
);

rule(
  "The feature costs no more than it is worth",
  {
    why: "whoever changes a field has to understand all of it",
    at: ["new CommandBus", "createCards"],
  },
  () => {
    const { lines, machinery } = costsOf("cards.ts", { free: "decision.ts" });
    const expected = `at most ${MOST_LINES} lines without types, and no messages`;
    if (machinery.length > 0) {
      red({
        observed: `${lines} lines, with ${machinery.join(", ")}`,
        expected,
        consequence: "Three calls to a table, and each takes the long way round.",
      });
    }
    if (lines > MOST_LINES) red({ observed: `${lines} lines`, expected });
  },
);

const FACTS: Readonly<Record<keyof typeof decisions, Record<Decision["build"], Reason[]>>> = {
  cards: {
    "service layer": [
      "the form is the record",
      "whoever saves last is right",
      "it has to be forgotten on demand",
    ],
    CQRS: [],
  },
  reservations: {
    "service layer": [],
    CQRS: [
      "many want the same thing at once",
      "the rules depend on what happened before",
      "it is read far more often, and in other shapes",
    ],
  },
};

rule(
  "The decision is written down, with facts about the feature",
  { why: "in a year somebody asks why, and you are on holiday", at: ["decisions"] },
  () => {
    for (const feature of ["cards", "reservations"] as const) {
      const { build, because, revisitWhen } = decisions[feature];
      const [other] = (["service layer", "CQRS"] as const).filter((each) => each !== build);
      const facts = [...FACTS[feature][build], ...(other ? FACTS[feature][other] : [])];
      for (const reason of because) {
        if (facts.includes(reason)) continue;
        red({
          given: `${feature}: ${build}`,
          observed: `because “${reason}”`,
          expected: "only what the README says of this feature",
          consequence: /^(it may|we have)/.test(reason)
            ? "That is true of every feature, so it decides nothing: it says something about us."
            : "It is a fact, but of another feature.",
        });
      }
      if (new Set(because).size < 2) {
        red({
          given: `${feature}: ${build}`,
          observed: `${new Set(because).size} reasons`,
          expected: "at least 2",
        });
      }
      if (!because.every((reason) => FACTS[feature][build].includes(reason))) {
        red({
          given: `${feature}: ${build}`,
          observed: `because “${because.join("”, “")}”`,
          expected: `reasons that speak for ${build}`,
          consequence: `What you have written down speaks for ${other}.`,
        });
      }
      if (!/\d/.test(revisitWhen)) {
        red({
          given: `${feature}: ${build}`,
          observed: `revisitWhen is ${show(revisitWhen)}`,
          expected: "something to measure, with a number",
          consequence: "A decision that nothing can change is a belief.",
        });
      }
    }
  },
);

function createPlatform(): Platform {
  const rows = new Map<string, Card>();
  return {
    store: createMemoryStore(),
    table: {
      get: async (id) => structuredClone(rows.get(id)),
      put: async (row) => void rows.set(row.id, structuredClone(row)),
      delete: async (id) => void rows.delete(id),
    },
  };
}

function remember(cards: Map<string, Card>, step: Card | string): void {
  if (typeof step === "string") cards.delete(step);
  else cards.set(step.id, step);
}

function inWords(steps: readonly (Card | string)[]): string {
  return steps
    .map((step) => (typeof step === "string" ? `remove ${step}` : `save ${step.id} (${step.name})`))
    .join(" → ");
}
