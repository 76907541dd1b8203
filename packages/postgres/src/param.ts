/** Every value goes in as text and comes out as text, so that no driver's own idea of types comes in between. */
export type Param = string | number | null | readonly (string | null)[];

/** Writes a value as Postgres reads it. */
export function encodeParam(param: Param): string | null {
  if (param === null || typeof param === "string") return param;
  return typeof param === "number" ? String(param) : encodeArray(param);
}

const SPECIAL = /["\\]/g;

/** Writes an array as Postgres reads it. */
function encodeArray(values: readonly (string | null)[]): string {
  let text = "{";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ",";
    const value = values[index] ?? null;
    text += value === null ? "NULL" : `"${value.replace(SPECIAL, "\\$&")}"`;
  }
  return `${text}}`;
}
