import type { MessageOf } from "@counterpoint/bus";
import { CreateUser, RemoveUser, RenameUser } from "../../users/messages.ts";

export type BurstCommand = MessageOf<typeof CreateUser | typeof RenameUser | typeof RemoveUser>;

/** Makes the commands of one sender of a burst, each from what the ones before have brought about. */
export interface BurstPlan {
  /** @param number - Counts the commands of the whole burst. */
  next(number: number): BurstCommand;
  /** Takes note of a user whom the last command has created. */
  created(userId: string): void;
}

/**
 * Makes a plan that registers, renames and removes its own users, in turn: of five commands three register, one renames
 * and one removes. Senders never touch each other's users, so no command of a burst conflicts with another.
 */
export function createBurstPlan(): BurstPlan {
  const own: string[] = [];
  let step = 0;
  return {
    next(number) {
      const turn = step++ % 5;
      const name = `${NAMES[number % NAMES.length] ?? "Guest"} ${number}`;
      const last = own.at(-1);
      if (turn === 2 && last !== undefined) {
        return RenameUser({ userId: last, name: `${name} (renamed)` });
      }
      const first = turn === 4 ? own.shift() : undefined;
      if (first !== undefined) return RemoveUser({ userId: first });
      return CreateUser({ name, email: `guest-${number}@example.org` });
    },
    created: (userId) => void own.push(userId),
  };
}

const NAMES = ["Ada", "Grace", "Edsger", "Barbara", "Tony", "Frances", "Niklaus", "Radia"];
