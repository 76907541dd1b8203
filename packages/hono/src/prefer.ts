/**
 * Reads the preference `wait` from a `Prefer` header.
 *
 * The first one counts; one that makes no sense is ignored, as RFC 7240 has it. A `wait` that is a parameter of another
 * preference, or stands within quotes, is none.
 *
 * @returns Whole seconds ≥ 0, 10 for `respond-async, wait=10`; `undefined` when the client prefers nothing.
 * @see https://www.rfc-editor.org/rfc/rfc7240
 */
export function preferredWaitS(header: string): number | undefined {
  for (const [, name, quoted, bare] of header.matchAll(PREFERENCE)) {
    if (name?.toLowerCase() !== "wait") continue;
    const value = quoted ?? bare ?? "";
    return /^[0-9]+$/.test(value) ? Number(value) : undefined;
  }
  return undefined;
}

/** One preference up to its comma: a name, a value in quotes or without, and whatever else belongs to it. */
const PREFERENCE =
  /(?:^|,)[ \t]*([^\s=;,"]+)[ \t]*(?:=[ \t]*(?:"([^"]*)"|([^\s;,"]*)))?(?:[^,"]|"[^"]*")*/g;
