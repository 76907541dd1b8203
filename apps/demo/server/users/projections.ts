import { projection } from "@counterpoint/read-model";
import { UserRegistered, UserRemoved, UserRenamed, userEvents } from "./events.ts";

/** The list of users as readers want it. Runs twice in the demo: once inline, once behind the projector. */
export const userDirectory = projection("user_directory", {
  version: 1,
  events: userEvents,
  columns: { id: "text", name: "text", email: "text", created_at: "timestamptz" },
  key: ({ payload }) => payload.userId,
  on: {
    [UserRegistered.type]: (_none, { payload: { userId, name, email }, recordedAt }) => ({
      id: userId,
      name,
      email,
      created_at: recordedAt,
    }),
    [UserRenamed.type]: (user, { payload: { name } }) => user && { ...user, name },
    [UserRemoved.type]: () => null,
  },
});
