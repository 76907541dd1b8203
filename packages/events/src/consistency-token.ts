import { EventStoreError } from "./event-store-error.ts";

/**
 * Stands for "at least as fresh as this". Opaque: hand it on as it is.
 *
 * A write returns one; a reader that presents it gets to see that write. It holds across processes and restarts of one
 * log. It grants nothing, and it hides nothing: it is no credential.
 */
export type ConsistencyToken = string;

const FORM = /^1:(0|[1-9][0-9]{0,15})$/;

/** Makes the token of a position. */
export function encodeToken(position: number): ConsistencyToken {
  return btoa(`1:${position}`).replaceAll("=", "");
}

/**
 * Reads the position out of a token.
 *
 * @throws {EventStoreError} `INVALID_TOKEN` for anything that {@link encodeToken} does not make.
 */
export function decodeToken(token: ConsistencyToken): number {
  const position = Number(FORM.exec(decoded(token))?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(position) || encodeToken(position) !== token) {
    throw new EventStoreError(
      "INVALID_TOKEN",
      "The consistency token is malformed. Present one exactly as a write returned it, or none.",
    );
  }
  return position;
}

function decoded(token: unknown): string {
  try {
    return typeof token === "string" && token.length <= 32 ? atob(token) : "";
  } catch {
    return ""; // not base64, hence not ours
  }
}
