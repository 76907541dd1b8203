type LabErrorCode =
  | "LEADER_ELSEWHERE"
  | "NO_SUCCESSOR"
  | "TOO_MANY_WORKERS"
  | "REBUILD_UNDER_WAY"
  | "STILL_FAILS"
  | "BURST_UNDER_WAY";

const MESSAGES: Record<LabErrorCode, string> = {
  LEADER_ELSEWHERE: "No worker of this process leads at the moment. Try again in a few seconds.",
  NO_SUCCESSOR: "Add a second worker first: somebody has to take over.",
  TOO_MANY_WORKERS: "Three workers are enough to see what happens. Kill one first.",
  BURST_UNDER_WAY: "A burst is under way. Wait for its end, or cancel it.",
  STILL_FAILS: "It failed again, with the same error, and stays where it is. Repair the bug first.",
  REBUILD_UNDER_WAY: "The eventual model is being rebuilt already. Wait until that is done.",
};

/** Reports what the lab refuses as things stand. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode) {
    super(MESSAGES[code]);
    this.code = code;
  }
}
