/** The first six are facts that a feature may have. */
export type Reason =
  | "many want the same thing at once"
  | "the rules depend on what happened before"
  | "it is read far more often, and in other shapes"
  | "the form is the record"
  | "whoever saves last is right"
  | "it has to be forgotten on demand"
  | "it may grow"
  | "we have it everywhere";

export interface Decision {
  readonly build: "service layer" | "CQRS";
  /** At least two. */
  readonly because: readonly Reason[];
  /** What would change the decision, so that it can be measured: with a number. */
  readonly revisitWhen: string;
}

export const decisions: Readonly<Record<"cards" | "reservations", Decision>> = {
  cards: {
    build: "service layer",
    because: [
      "the form is the record",
      "whoever saves last is right",
      "it has to be forgotten on demand",
    ],
    revisitWhen: "More than 5 % of the saves overwrite somebody else's within a minute.",
  },
  reservations: {
    build: "CQRS",
    because: [
      "many want the same thing at once",
      "the rules depend on what happened before",
      "it is read far more often, and in other shapes",
    ],
    revisitWhen: "Fewer than 10 people are in a sale at the same time, for a year.",
  },
};
