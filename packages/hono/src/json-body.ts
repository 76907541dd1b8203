import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ProblemError, problem, problemResponse } from "./problem.ts";
import type { Problem } from "./problem.ts";

/** Refuses bodies over a size before they are read. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: maxBytes,
    onError: ({ req }) =>
      problemResponse(
        problem(413, "TOO_LARGE", `The body is larger than ${maxBytes} bytes.`),
        req.path,
      ),
  });
}

/**
 * Reads the body as one JSON object in UTF-8.
 *
 * @throws {ProblemError} 415 when it is declared as something else, 400 when it is not what it is declared as.
 */
export async function readJsonObject({ req }: Context): Promise<Record<string, unknown>> {
  assertJsonMediaType(req.header("content-type"));
  if ((req.header("content-encoding") ?? "identity") !== "identity") {
    throw new ProblemError(
      problem(415, "ENCODED_BODY", "Send the body without a content encoding."),
    );
  }
  const value = parse(decode(await req.arrayBuffer()));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>; // every other kind of JSON value is ruled out
  }
  throw new ProblemError(
    problem(400, "INVALID_BODY", `Expected a JSON object, got ${kindOf(value)}.`),
  );
}

function assertJsonMediaType(header = ""): void {
  const [mediaType, ...parameters] = header.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (mediaType !== "application/json") {
    throw new ProblemError(
      problem(
        415,
        "NOT_JSON",
        `Expected content-type application/json, got ${mediaType || "none"}.`,
      ),
    );
  }
  if (charset && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new ProblemError(problem(415, "NOT_UTF_8", "JSON is exchanged in UTF-8."));
  }
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError(problem(400, "INVALID_BODY", "The body is not valid UTF-8."));
  }
}

function parse(text: string): unknown {
  if (text.trim() === "")
    throw new ProblemError(problem(400, "INVALID_BODY", "The body is empty."));
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === "__proto__") throw new ProblemError(forbiddenKey(key));
      return value;
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(problem(400, "INVALID_BODY", "The body is not valid JSON."));
  }
}

function forbiddenKey(key: string): Problem {
  return problem(400, "INVALID_BODY", `The body must not contain the key ${key}.`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
