import { z } from "zod";

/** No control characters, no half of a surrogate pair, no line breaks of any kind, nothing that turns the reading direction. */
const ORDINARY = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;
/** At least one character that leaves ink on paper. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

const name = line("Name", 200);
const email = line("Email", 254).pipe(z.email("Email must be an email address"));

/** What a new user needs. */
export const newUser = strict({ name, email });

/** What can be changed of a user. */
export const userChange = strict({ name });

/** Which users a list shows. */
export const listOptions = z.object({
  page: wholeNumber("page", 1_000_000_000).default(1),
  page_size: wholeNumber("page_size", 100).default(20),
});

/** One line of visible text. */
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

/** A number of a query string, as it is usually written. */
function wholeNumber(label: string, most: number) {
  const message = `${label} must be a whole number from 1 to ${most}`;
  return z
    .string(message)
    .regex(/^[1-9][0-9]*$/, message)
    .transform(Number)
    .pipe(z.number(message).max(most, message));
}

function strict<TShape extends z.ZodRawShape>(shape: TShape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `Unknown field: ${issue.keys.join(", ")}` : undefined,
  });
}
