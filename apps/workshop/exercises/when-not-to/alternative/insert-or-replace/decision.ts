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

const cards: Decision = {
  build: "service layer",
  because: ["it has to be forgotten on demand", "whoever saves last is right"],
  revisitWhen: "2 clerks a day complain that their change is gone",
};

const reservations: Decision = {
  build: "CQRS",
  because: ["it is read far more often, and in other shapes", "many want the same thing at once"],
  revisitWhen: "p99 of a plain UPDATE stays under 50 ms in the next sale",
};

export const decisions = { cards, reservations };
