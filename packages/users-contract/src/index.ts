import { describeChanges } from "./changes.ts";
import { describeCreation } from "./creation.ts";
import { describeList } from "./list.ts";
import { describeReads } from "./reads.ts";
import type { OpenUsersServer } from "./server.ts";

export type { OpenUsersServer, UsersClock, UsersServer } from "./server.ts";

/**
 * Declares the tests that every server of the users passes, however it is built. Call it in a test file.
 *
 * All reads after a write ask for `consistency=sync`. Who has one read model only may ignore that.
 *
 * @param open - Starts a server without users on a free port.
 */
export function usersContract(open: OpenUsersServer): void {
  describeCreation(open);
  describeChanges(open);
  describeReads(open);
  describeList(open);
}
