import type { Context, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ProblemError, problem } from "./problem.ts";

/**
 * Refuses bodies over a size: by what they declare before a byte is read, else as soon as they pass it.
 *
 * @param maxBytes - Bytes that are still accepted; integer ≥ 0.
 * @throws {RangeError} When `maxBytes` is not an integer ≥ 0.
 */
export function limitBody(maxBytes: number): MiddlewareHandler {
  if (!Number.isInteger(maxBytes) || maxBytes < 0) {
    throw new RangeError(`Expected maxBytes to be an integer ≥ 0, got ${maxBytes}.`);
  }
  return async function limitBody(c, next) {
    const { req } = c;
    // What has no body is not looked at: merely asking Node's adapter for one is what costs most of a small request.
    if (req.method === "GET" || req.method === "HEAD") return next();
    const declared = req.header("content-length");
    if (declared !== undefined && req.header("transfer-encoding") === undefined) {
      if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
      return next();
    }
    if (req.raw.body) {
      const body = await readAtMost(maxBytes, req.raw.body);
      req.raw = new Request(req.raw, { method: req.method, body });
    }
    return next();
  };
}

/**
 * Reads the body as one JSON object in UTF-8.
 *
 * @throws {ProblemError} 415 when it is declared as something else, 400 when it is not what it is declared as.
 */
export async function readJsonObject({ req }: Context): Promise<Record<string, unknown>> {
  assertJsonMediaType(req.header("content-type"));
  if (!/^(identity)?$/i.test(req.header("content-encoding") ?? "")) {
    throw refused(415, "ENCODED_BODY", "Send the body without a content encoding.");
  }
  const value = parse(decode(await req.arrayBuffer().catch(broken)));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>; // every other kind of JSON value is ruled out
  }
  throw refused(400, "INVALID_BODY", `Expected a JSON object, got ${kindOf(value)}.`);
}

async function readAtMost(
  maxBytes: number,
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(broken);
    if (done) break;
    size += value.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function assertJsonMediaType(header = ""): void {
  const [mediaType, ...parameters] = header.split(";").map((part) => part.trim().toLowerCase());
  const charsets = parameters.filter((parameter) => parameter.startsWith("charset="));
  if (mediaType !== "application/json") {
    const got = mediaType ? mediaType.slice(0, 100) : "none";
    throw refused(415, "NOT_JSON", `Expected content-type application/json, got ${got}.`);
  }
  if (!charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset))) {
    throw refused(415, "NOT_UTF_8", "JSON is exchanged in UTF-8.");
  }
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(400, "INVALID_BODY", "The body is not valid UTF-8.");
  }
}

function parse(text: string): unknown {
  if (text.trim() === "") throw refused(400, "INVALID_BODY", "The body is empty.");
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key !== "__proto__") return value;
      throw refused(400, "INVALID_BODY", `The body must not contain the key ${key}.`);
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw refused(400, "INVALID_BODY", "The body is not valid JSON, or nested too deeply.");
  }
}

/** A body that ends before its end: the client has gone, or has never meant it. */
function broken(): never {
  throw refused(400, "INVALID_BODY", "The body could not be read to its end.");
}

function tooLarge(maxBytes: number): ProblemError {
  return refused(413, "TOO_LARGE", `The body is larger than ${maxBytes} bytes.`);
}

function refused(status: ContentfulStatusCode, code: string, detail: string): ProblemError {
  return new ProblemError(problem(status, code, detail));
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
