import type { LabStatus } from "../../../server/lab/status.ts";

/** A guided story: it sets the controls, says what to watch, and ends in a question. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What it is about, in one sentence. */
  readonly promise: string;
  readonly steps: readonly ScenarioStep[];
  readonly question: string;
  readonly answer: string;
}

/** One step: some requests, and something to see afterwards. */
export interface ScenarioStep {
  /** What is going to be done, said before it is done. */
  readonly does: string;
  readonly watch: string;
  /** Where in the lab to look meanwhile. */
  readonly tab?: "projector" | "crashes" | "deliveries" | "poison";
  readonly acts: readonly Act[];
  /** Whether there is to be seen what the step is about. */
  readonly holds: (facts: Facts) => boolean;
  /** What happened, told from the facts. */
  readonly saw: (facts: Facts) => string;
}

/** A request to the server. `<user>` in its path stands for the id in the answer that was named `user`. */
export interface Act {
  readonly request: `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Names the answer. */
  readonly as?: string;
  /** Presents the token of the answer with this name. */
  readonly tokenOf?: string;
}

/** What the server answered to an act. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly ms: number;
  readonly token: string;
}

export type Answers = Readonly<Record<string, Answer>>;

/** What a step is judged by: all of it comes from the server. */
export interface Facts {
  readonly answers: Answers;
  readonly status: LabStatus;
  /** The user that the story is about, as each model shows it at this moment. */
  readonly sync: string | undefined;
  readonly eventual: string | undefined;
}

/** Tells whether the eventual model has caught up with the log. */
export function isCaughtUp({ status: { head, models } }: Facts): boolean {
  return models.every(({ position }) => position >= head);
}

/** The name of the user in an answer. */
export function nameIn(answer: Answer | undefined): string | undefined {
  const body = answer?.body;
  if (typeof body !== "object" || body === null || !("name" in body)) return undefined;
  return typeof body.name === "string" ? body.name : undefined;
}
