import type { Context, ErrorHandler, Handler, NotFoundHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { UserNotFound } from "./user-service.ts";

/** A refusal, in the terms of HTTP. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: ContentfulStatusCode, code: string, message: string, members = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.members = members;
  }
}

const TITLES: Partial<Record<ContentfulStatusCode, string>> = {
  400: "The request is not valid",
  404: "Not found",
  405: "Method not allowed",
  413: "The request is too large",
  415: "Unsupported media type",
  500: "Something broke on the server",
};

const MOST_ISSUES = 20;
const LONGEST_TEXT = 500;

/** Refuses bodies of more than 64 KiB. For writes alone: asking for the body of a GET costs more than the rest of it. */
export const limitBody = bodyLimit({
  maxSize: 64 * 1024,
  onError: () => {
    throw new Refusal(413, "TOO_LARGE", "The body is larger than 65536 bytes.");
  },
});

/** Reads the body as JSON in UTF-8. */
export async function readJson({ req }: Context): Promise<unknown> {
  const type = req.header("content-type") ?? "none";
  if (!/^application\/json *(; *charset="?utf-?8"?)?$/i.test(type)) {
    const message = `Expected content-type application/json in UTF-8, got ${clipped(type)}.`;
    throw new Refusal(415, "NOT_JSON", message);
  }
  if (!/^(identity)?$/i.test(req.header("content-encoding") ?? "")) {
    throw new Refusal(415, "ENCODED_BODY", "Send the body without a content encoding.");
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await req.arrayBuffer());
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal(400, "INVALID_BODY", "The body is not valid JSON in UTF-8.");
  }
}

/** Holds input to a schema. */
export function validated<TSchema extends z.ZodType>(
  schema: TSchema,
  input: unknown,
): z.output<TSchema> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  const issues = error.issues
    .slice(0, MOST_ISSUES)
    .map(({ message, path }) => ({ message: clipped(message), path }));
  const message = issues.map((issue) => issue.message).join("; ");
  throw new Refusal(400, "INVALID_PAYLOAD", message, { issues });
}

/** Answers methods that a path does not take. */
export function refuseMethod(allow: string): Handler {
  return (c) => {
    c.header("Allow", allow);
    if (c.req.method === "OPTIONS") return c.body(null, 204);
    const message = `Expected one of ${allow}, got ${c.req.method}.`;
    throw new Refusal(405, "METHOD_NOT_ALLOWED", message);
  };
}

/** Answers a path that leads nowhere. */
export const notFound: NotFoundHandler = (c) =>
  answer(c, new Refusal(404, "NOT_FOUND", `There is nothing at ${c.req.method} ${c.req.path}.`));

/** Answers every error with a problem of RFC 9457, and none with a stack. */
export const onError: ErrorHandler = (error, c) => {
  if (error instanceof Refusal) return answer(c, error);
  if (error instanceof UserNotFound) {
    return answer(c, new Refusal(404, "USER_NOT_FOUND", error.message));
  }
  if (error instanceof HTTPException && error.status < 500) {
    return answer(c, new Refusal(error.status as ContentfulStatusCode, "HTTP", error.message)); // an error always has content
  }
  console.error(`${c.req.method} ${c.req.path} failed:`, error);
  return answer(c, new Refusal(500, "INTERNAL", "The error was logged on the server."));
};

function answer(c: Context, { status, code, message, members }: Refusal): Response {
  const error = clipped(message);
  const body = JSON.stringify({
    type: `urn:counterpoint:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[status] ?? "Error",
    ...{ status, detail: error, instance: clipped(c.req.path), code, error },
    ...members,
  });
  return c.body(body, status, {
    "content-type": "application/problem+json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
}

function clipped(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
