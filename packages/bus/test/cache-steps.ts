import fc from "fast-check";
import type { AnyQueryContract } from "../src/index.ts";
import { query, type } from "../src/index.ts";

const anything = { payload: type<unknown>(), result: type<unknown>() };
const Get: AnyQueryContract = query("Get", anything);
const List: AnyQueryContract = query("List", anything);

interface Question {
  readonly contract: AnyQueryContract;
  readonly payloads: readonly unknown[];
}

/** Of two types, and with payloads that are the same but for their order, or differ in what JSON does not see. */
export const QUESTIONS: readonly Question[] = [
  {
    contract: Get,
    payloads: [
      { id: 1, tags: new Set("ab") },
      { tags: new Set("ba"), id: 1 },
    ],
  },
  { contract: Get, payloads: [{ id: 1, tags: new Set("a") }] },
  { contract: List, payloads: [{ id: 1, tags: new Set("ab") }] },
];
export const ACTORS = ["ada", "bob"] as const;
export const TTL_MS = 10;

export type Step =
  | {
      readonly do: "ask";
      readonly question: number;
      readonly variant: number;
      readonly actor: number;
      readonly signal: boolean;
    }
  | { readonly do: "end"; readonly run: number; readonly how: "value" | "undefined" | "failure" }
  | { readonly do: "abort"; readonly ask: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "invalidate"; readonly question: number; readonly wholeType: boolean }
  | { readonly do: "clear" };

const nth = fc.nat({ max: 11 });
const question = fc.nat({ max: QUESTIONS.length - 1 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      question,
      variant: fc.nat({ max: 1 }),
      actor: fc.nat({ max: 1 }),
      signal: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      run: nth,
      how: fc.constantFrom(
        "value" as const,
        "value" as const,
        "undefined" as const,
        "failure" as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("abort" as const), ask: nth }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 4, TTL_MS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("invalidate" as const),
      question,
      wholeType: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "clear" as const }) },
);
