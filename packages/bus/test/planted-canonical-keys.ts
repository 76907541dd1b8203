import type { CanonicalKey } from "./canonical-key-model.ts";

const FLAWS = [
  "keeps the order of keys",
  "keeps the order of maps",
  "keeps the order of sets",
  "takes -0 for 0",
  "keeps NaN from itself",
  "takes a bigint for a number",
  "takes a bigint for a text",
  "writes texts as they are",
  "takes null for undefined",
  "leaves out members that are undefined",
  "takes holes for undefined",
  "takes a date for its text",
  "takes a date for its number",
  "takes a map for an object",
  "takes a map for a list of entries",
  "takes a set for a list",
  "takes an empty set for an empty map",
  "takes a list for an object",
  "takes typed arrays for lists",
  "takes typed arrays of all kinds for the same",
  "takes a buffer for its bytes",
  "writes maps and sets as empty",
  "loses __proto__",
  "writes half surrogates as the same",
] as const;
type Flaw = (typeof FLAWS)[number];

/** Keys written by cases, without a look at the real ones, and what can be wrong about them. */
function plainKey(flaw?: Flaw): CanonicalKey {
  const is = (...flaws: readonly Flaw[]): boolean => flaws.some((each) => each === flaw);
  let calls = 0;
  return write;

  function write(value: unknown): string {
    switch (typeof value) {
      case "string":
        if (is("writes texts as they are")) return value;
        if (is("writes half surrogates as the same")) {
          return JSON.stringify(value.replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
        }
        return JSON.stringify(value);
      case "bigint":
        if (is("takes a bigint for a number")) return String(value);
        return is("takes a bigint for a text") ? `"${value}"` : `big ${value}`;
      case "number":
        if (is("keeps NaN from itself") && Number.isNaN(value)) return `NaN ${++calls}`;
        return Object.is(value, -0) && !is("takes -0 for 0") ? "minus 0" : String(value);
      case "undefined":
        return is("takes null for undefined") ? "null" : "undefined";
      case "object":
        return value === null ? "null" : writeObject(value);
      default:
        return String(value);
    }
  }

  function writeObject(value: object): string {
    if (value instanceof Date) {
      if (is("takes a date for its number")) return String(value.getTime());
      if (is("takes a date for its text")) return JSON.stringify(value);
      return `date ${value.getTime()}`;
    }
    if (value instanceof Map) return writeMap(value);
    if (value instanceof Set) {
      if (is("writes maps and sets as empty")) return "set<>";
      const members = Array.from(value, write);
      if (!is("keeps the order of sets")) members.sort();
      if (members.length === 0 && is("takes an empty set for an empty map")) return "map<>";
      return is("takes a set for a list") ? list(members) : `set<${members.join(", ")}>`;
    }
    if (value instanceof ArrayBuffer) {
      const bytes = writeObject(new Uint8Array(value));
      return is("takes a buffer for its bytes") ? bytes : `buffer ${bytes}`;
    }
    if (ArrayBuffer.isView(value)) {
      const items = Array.from(value as unknown as ArrayLike<unknown>, write);
      if (is("takes typed arrays for lists")) return list(items);
      const kind = Object.prototype.toString.call(value);
      return `${is("takes typed arrays of all kinds for the same") ? "typed" : kind}${list(items)}`;
    }
    if (Array.isArray(value)) {
      if (is("takes a list for an object")) return writeMembers(value);
      return list(
        Array.from(value, (item, index) =>
          index in value || is("takes holes for undefined") ? write(item) : "hole",
        ),
      );
    }
    return writeMembers(value);
  }

  function writeMap(map: ReadonlyMap<unknown, unknown>): string {
    if (is("writes maps and sets as empty")) return "map<>";
    if (is("takes a map for an object"))
      return writeMembers(
        Object.fromEntries(
          Array.from(map, ([key, value]) => [typeof key === "string" ? key : write(key), value]),
        ),
      );
    const entries = Array.from(map, (entry) => list(entry.map(write)));
    if (!is("keeps the order of maps")) entries.sort();
    return is("takes a map for a list of entries") ? list(entries) : `map<${entries.join(", ")}>`;
  }

  function writeMembers(value: object): string {
    const members = Object.entries(value)
      .filter(([key]) => key !== "__proto__" || !is("loses __proto__"))
      .filter(([, member]) => member !== undefined || !is("leaves out members that are undefined"))
      .map(([key, member]) => `${JSON.stringify(key)} is ${write(member)}`);
    if (!is("keeps the order of keys")) members.sort();
    return `{${members.join(", ")}}`;
  }

  function list(items: readonly string[]): string {
    return `[${items.join(", ")}]`;
  }
}

export const rightKey: CanonicalKey = plainKey();

/** Wrong keys: what caches of other libraries are made of, and slips that are easy to make. */
export const wrongKeys: Readonly<Record<string, CanonicalKey>> = {
  ...Object.fromEntries(FLAWS.map((flaw) => [flaw, plainKey(flaw)])),
  "is JSON": (value) =>
    String(
      JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)),
    ),
  "is JSON with its keys sorted": (value) =>
    String(
      JSON.stringify(value, (_, each: unknown) => {
        if (typeof each === "bigint") return `${each}n`;
        return typeof each === "object" && each !== null && !Array.isArray(each)
          ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
          : each;
      }),
    ),
};
