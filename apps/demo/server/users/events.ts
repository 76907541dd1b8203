import type { MessageOf } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";

export const UserRegistered = event("UserRegistered", {
  payload: type<{ userId: string; name: string; email: string }>(),
});

export const UserRenamed = event("UserRenamed", {
  payload: type<{ userId: string; name: string }>(),
});

export const UserRemoved = event("UserRemoved", {
  payload: type<{ userId: string }>(),
});

/** All that can happen to a user. */
export const userEvents = [UserRegistered, UserRenamed, UserRemoved] as const;

export type UserEvent = MessageOf<(typeof userEvents)[number]>;
