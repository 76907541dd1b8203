import { inspect } from "node:util";

const LONGEST = 160;

/** Writes a value on one line, short enough for a screen. Errors by name, code and message. */
export function show(value: unknown): string {
  if (value instanceof Error) {
    const code = "code" in value ? ` ${String(value.code)}` : "";
    return shorten(`${value.name}${code}: ${value.message}`);
  }
  return shorten(
    inspect(value, { breakLength: Infinity, compact: true, depth: 5, maxArrayLength: 12 }),
  );
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
