import { decider } from "@counterpoint/write-model";
import type { UserEvent } from "./events.ts";
import { UserRegistered, UserRemoved, UserRenamed, userEvents } from "./events.ts";
import { UserError } from "./user-error.ts";

type User =
  | { readonly status: "absent" }
  | { readonly status: "registered"; readonly name: string; readonly email: string }
  | { readonly status: "removed" };

/** The write side's idea of a user: just enough to decide. */
export const user = decider({
  events: userEvents,
  initial: { status: "absent" } as User,
  evolve: {
    [UserRegistered.type]: (_state, { payload: { name, email } }): User => ({
      status: "registered",
      name,
      email,
    }),
    [UserRenamed.type]: (state, { payload: { name } }): User =>
      state.status === "registered" ? { ...state, name } : state,
    [UserRemoved.type]: (): User => ({ status: "removed" }),
  },
});

export function register(userId: string, name: string, email: string) {
  return (state: User): readonly UserEvent[] => {
    if (state.status === "absent") return [UserRegistered({ userId, name, email })];
    const isThis = state.status === "registered" && state.name === name && state.email === email;
    if (isThis) return []; // the same command, which did its work and lost its answer
    throw new UserError("USER_EXISTS", userId);
  };
}

export function rename(userId: string, name: string) {
  return (state: User): readonly UserEvent[] =>
    registered(state, userId).name === name ? [] : [UserRenamed({ userId, name })];
}

export function remove(userId: string) {
  return (state: User): readonly UserEvent[] => {
    registered(state, userId);
    return [UserRemoved({ userId })];
  };
}

/** @throws {UserError} `USER_NOT_FOUND` unless the user is there. */
export function registered(state: User, userId: string): Extract<User, { status: "registered" }> {
  if (state.status !== "registered") throw new UserError("USER_NOT_FOUND", userId);
  return state;
}
