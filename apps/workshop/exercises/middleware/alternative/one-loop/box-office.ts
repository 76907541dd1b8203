import { CommandBus } from "@counterpoint/bus";
import type { Policy } from "@counterpoint/bus/authorize";
import { authorize } from "@counterpoint/bus/authorize";
import type { Database } from "./middleware.ts";
import { audit, transactions } from "./middleware.ts";

export interface Surroundings {
  readonly database: Database;
  readonly policy: Policy;
  readonly log: (line: string) => void;
}

/** Two customers may want one seat: the later one meets a conflict, and up to three times it is tried again. */
export const createBoxOffice = ({ database, policy, log }: Surroundings): CommandBus =>
  new CommandBus({ middleware: [audit(log), authorize(policy), transactions(database, 4)] });
