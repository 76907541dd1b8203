import type { Context } from "@counterpoint/bus";
import type { Repository } from "@counterpoint/write-model";
import type { UserEvent } from "./events.ts";
import type { WrittenUser } from "./messages.ts";
import { isUserId } from "./user-id.ts";
import type { user } from "./user.ts";
import { register, registered, remove, rename } from "./user.ts";
import { UserError } from "./user-error.ts";

type Users = Repository<(typeof user)["initial"], UserEvent>;

/** The write handlers: each loads one user, lets the rules decide, and saves. */
export function userCommands(users: Users) {
  return {
    async createUser(
      { name, email }: { name: string; email: string },
      { metadata }: Context,
    ): Promise<WrittenUser> {
      // A user has the id of the command that created it: sent again under its key, it makes the same user and no second.
      const id = metadata.causationId ?? "";
      const { token } = await users.update(id, register(id, name, email), { metadata });
      return { user: { id, name, email }, token };
    },

    async renameUser(
      { userId, name }: { userId: string; name: string },
      { metadata }: Context,
    ): Promise<WrittenUser> {
      assertUserId(userId);
      const { state, token } = await users.update(userId, rename(userId, name), { metadata });
      const { email } = registered(state, userId);
      return { user: { id: userId, name, email }, token };
    },

    async removeUser({ userId }: { userId: string }, { metadata }: Context) {
      assertUserId(userId);
      const { token } = await users.update(userId, remove(userId), { metadata });
      return { token };
    },
  };
}

function assertUserId(userId: string): void {
  if (!isUserId(userId)) throw new UserError("USER_NOT_FOUND", userId);
}
