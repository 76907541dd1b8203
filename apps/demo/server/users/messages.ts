import { command, query, type } from "@counterpoint/bus";
import type { ConsistencyToken } from "@counterpoint/events";
import { z } from "zod";

/** A user as the write side has decided it. */
export const User = z.object({ id: z.string(), name: z.string(), email: z.string() });

/** What the write side answers: the user as decided, and the token with which a reader sees at least this. */
export interface WrittenUser {
  readonly user: Readonly<z.infer<typeof User>>;
  readonly token: ConsistencyToken;
}

/** A user as both read models show it. */
const UserView = User.extend({ created_at: z.iso.datetime() });
export type UserView = Readonly<z.infer<typeof UserView>>;

/** One line of the audit trail. */
const UserChange = z.object({
  type: z.string(),
  version: z.int().min(1),
  position: z.int().min(1),
  recorded_at: z.iso.datetime(),
  actor: z.string().nullable(),
  command: z.string().nullable(),
  correlation_id: z.string().nullable(),
  causation_id: z.string().nullable(),
  event_id: z.string(),
  changes: z.unknown().describe("The payload of the event."),
});
export type UserChange = Readonly<z.infer<typeof UserChange>>;

/** No control characters, no half of a surrogate pair, no line breaks of any kind, nothing that turns the reading direction. */
const ORDINARY = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;
/** At least one character that leaves ink on paper. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

const name = line("Name", 200).meta({ examples: ["Ada Lovelace"] });
const email = line("Email", 254)
  .pipe(z.email("Email must be an email address"))
  .meta({ examples: ["ada@example.org"], format: "email" });
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
  result: UserView,
});

export const ListUsers = query("ListUsers", {
  payload: z.object({
    page: wholeNumber("page", 1, 1_000_000_000).default(1),
    page_size: wholeNumber("page_size", 1, 100).default(20),
    consistency,
  }),
  result: z.object({
    users: z.array(UserView),
    page: z.int(),
    page_size: z.int(),
    total: z.int().min(0),
  }),
});

export const GetUserHistory = query("GetUserHistory", {
  payload: z.object({ userId }),
  result: z.object({ user_id: z.string(), events: z.array(UserChange) }),
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
