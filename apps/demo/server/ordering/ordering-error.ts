type OrderingErrorCode = "NEEDS_POSTGRES" | "EXPERIMENT_UNDER_WAY" | "EXPERIMENT_CUT_SHORT";

const MESSAGES: Record<OrderingErrorCode, string> = {
  NEEDS_POSTGRES:
    "This needs a Postgres server and several connections to it. Start the demo on one: npm run demo -- --store postgres",
  EXPERIMENT_UNDER_WAY: "An experiment is under way already. Wait until it is done.",
  EXPERIMENT_CUT_SHORT: "The experiment was cut short",
};

/** Reports why an experiment with the order of the log was not run, or not to its end. */
export class OrderingError extends Error {
  override readonly name = "OrderingError";
  readonly code: OrderingErrorCode;
  /** What clients are told. What a database says may be nobody's business, so it is in the message alone. */
  readonly told: string;

  /** @param reason - Why it was cut short: a sentence for clients, or what has failed. */
  constructor(code: OrderingErrorCode, reason?: unknown) {
    const detail = reason instanceof Error ? reason.message : reason;
    super(MESSAGES[code] + (detail === undefined ? "" : `: ${String(detail)}`), { cause: reason });
    this.code = code;
    this.told = reason instanceof Error ? `${MESSAGES[code]}: ${inWords(reason)}` : this.message;
  }
}

function inWords(failure: Error): string {
  return "code" in failure && failure.code === "42501"
    ? "the role that the demo connects with may not create a schema."
    : "the database did not go along. The error was logged on the server.";
}
