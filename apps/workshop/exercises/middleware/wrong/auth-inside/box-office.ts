import { CommandBus } from "@counterpoint/bus";
import type { Policy } from "@counterpoint/bus/authorize";
import { authorize } from "@counterpoint/bus/authorize";
import { retry } from "@counterpoint/bus/retry";
import { isConcurrencyError } from "@counterpoint/events";
import type { Database } from "./middleware.ts";
import { audit, transaction } from "./middleware.ts";

export interface Surroundings {
  readonly database: Database;
  readonly policy: Policy;
  readonly log: (line: string) => void;
}

/** Two customers may want one seat: the later one meets a conflict, and up to three times it is tried again. */
export function createBoxOffice({ database, policy, log }: Surroundings) {
  const tryAgain = retry({ times: 3, when: isConcurrencyError, delayMs: () => 0 });
  return new CommandBus({
    middleware: [audit(log), tryAgain, transaction(database), authorize(policy)],
  });
}
