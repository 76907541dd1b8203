import { command, query, type } from "@counterpoint/bus";
import type { ConsistencyToken } from "@counterpoint/events";
import { z } from "zod";

/** What the write side answers: the user as decided, and the token with which a reader sees at least this. */
export interface WrittenUser {
  readonly user: { readonly id: string; readonly name: string; readonly email: string };
  readonly token: ConsistencyToken;
}

/** A user as both read models show it. */
export interface UserView {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at: string;
}

/** One line of the audit trail. */
export interface UserChange {
  readonly type: string;
  readonly version: number;
  readonly position: number;
  readonly recorded_at: string;
  readonly actor: string | null;
  readonly command: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
  readonly event_id: string;
  readonly changes: unknown;
}

/** No control characters, no half of a surrogate pair, no line breaks of any kind, nothing that turns the reading direction. */
const ORDINARY = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;
/** At least one character that leaves ink on paper. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

const name = line("Name", 200);
const email = line("Email", 254).pipe(z.email("Email must be an email address"));
const userId = z.string();
const consistency = z
  .enum(["sync", "eventual"], 'consistency must be "sync" or "eventual"')
  .default("eventual");

export const CreateUser = command("CreateUser", {
  payload: strict({ name, email }),
  result: type<WrittenUser>(),
});

export const RenameUser = command("RenameUser", {
  payload: strict({ userId, name }),
  result: type<WrittenUser>(),
});

export const RemoveUser = command("RemoveUser", {
  payload: strict({ userId }),
  result: type<{ token: ConsistencyToken }>(),
});

export const GetUserById = query("GetUserById", {
  payload: z.object({ userId, consistency }),
  result: type<UserView>(),
});

export const ListUsers = query("ListUsers", {
  payload: z.object({
    page: wholeNumber("page", 1, 1_000_000_000).default(1),
    page_size: wholeNumber("page_size", 1, 100).default(20),
    consistency,
  }),
  result: type<{
    users: readonly UserView[];
    page: number;
    page_size: number;
    total: number;
  }>(),
});

export const GetUserHistory = query("GetUserHistory", {
  payload: z.object({ userId }),
  result: type<{ user_id: string; events: readonly UserChange[] }>(),
});

/** One line of visible text, as every store can keep it. */
function line(label: string, maxLength: number) {
  return z
    .string({
      error: ({ input }) => (input == null ? `${label} is required` : `${label} must be text`),
    })
    .trim()
    .max(maxLength, { error: `${label} must have at most ${maxLength} characters`, abort: true })
    .regex(ORDINARY, { error: `${label} must not contain control characters`, abort: true })
    .regex(VISIBLE, `${label} is required`);
}

function wholeNumber(label: string, least: number, most: number) {
  const message = `${label} must be a whole number from ${least} to ${most}`;
  return z.number(message).int(message).min(least, message).max(most, message);
}

function strict<TShape extends z.ZodRawShape>(shape: TShape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `Unknown field: ${issue.keys.join(", ")}` : undefined,
  });
}
