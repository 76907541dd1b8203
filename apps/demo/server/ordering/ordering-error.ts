type OrderingErrorCode = "NEEDS_POSTGRES" | "EXPERIMENT_UNDER_WAY" | "EXPERIMENT_CUT_SHORT";

const MESSAGES: Record<OrderingErrorCode, string> = {
  NEEDS_POSTGRES:
    "This needs a Postgres server and several connections to it. Start the demo on one: npm run demo -- --store postgres",
  EXPERIMENT_UNDER_WAY: "An experiment is under way already. Wait until it is done.",
  EXPERIMENT_CUT_SHORT: "The experiment was cut short.",
};

/** Reports why an experiment with the order of the log was not run, or not to its end. */
export class OrderingError extends Error {
  override readonly name = "OrderingError";
  readonly code: OrderingErrorCode;

  constructor(code: OrderingErrorCode, reason?: unknown) {
    super(code === "EXPERIMENT_CUT_SHORT" ? cutShort(reason) : MESSAGES[code], { cause: reason });
    this.code = code;
  }
}

function cutShort(reason: unknown): string {
  const why = reason instanceof Error ? reason.message : "";
  return why === "" ? MESSAGES.EXPERIMENT_CUT_SHORT : `The experiment was cut short: ${why}`;
}
