import { event, type } from "@counterpoint/bus";
import { projection } from "@counterpoint/read-model";
import { payloadOf, typeOf } from "../workload.ts";

const UserRegistered = event("UserRegistered", {
  payload: type<{ userId: string; name: string; email: string }>(),
});
const UserRenamed = event("UserRenamed", { payload: type<{ userId: string; name: string }>() });

/** The list of users, as in the demo. */
export const userDirectory = projection("user_directory", {
  version: 1,
  events: [UserRegistered, UserRenamed],
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
  },
});

/** The events that take a stream from a version to one that is higher by `count`. */
export function eventsFrom(stream: string, expected: number, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const version = expected + index + 1;
    return { type: typeOf(version), payload: payloadOf(stream, version) };
  });
}
