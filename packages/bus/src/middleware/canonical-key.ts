/**
 * Writes a value as text, so that equal values have equal texts and different values different ones.
 *
 * Equal are primitives that `Object.is` calls the same (`NaN` equals itself, `-0` is not `0`), and data of the same kind
 * with equal parts. The order of an object's keys, of a map's entries and of a set's members does not count. A member that
 * is `undefined` differs from none, and `undefined` in a list from a hole. A subclass of a built-in counts as what it
 * extends, with its own enumerable members.
 *
 * @throws {TypeError} For what cannot be compared from outside (functions, symbols, instances of classes, most built-ins)
 *   and for cycles.
 * @throws {RangeError} For data that is nested more than 500 levels deep: the stack has an end.
 */
export function canonicalKey(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, above: Set<unknown>): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function" || typeof value === "symbol") throw refused(typeof value);
  if (typeof value !== "object" || value === null) return String(value);

  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const isKeyed = kind === "Object" ? isPlain(value) : KINDS.test(kind);
  if (!isKeyed) throw refused(value.constructor?.name ?? kind);
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused("member under a symbol");
  if (above.has(value)) throw refused("cycle");
  if (above.size === MAX_DEPTH) {
    throw new RangeError(`A key can be made of data up to ${MAX_DEPTH} levels deep, not of more.`);
  }
  above.add(value);
  const parts = partsOf(kind, value).map((part) => write(part, above));
  const members = Object.entries(value).map((entry) =>
    entry.map((each) => write(each, above)).join(":"),
  );
  above.delete(value);
  return `${kind}(${parts.sort().join()}){${members.sort().join()}}`;
}

/** Lists what a value holds beside its own enumerable members. Those of a list or typed array are its items. */
function partsOf(kind: string, value: object): readonly unknown[] {
  if (kind === "Map" || kind === "Set") return [...(value as Iterable<unknown>)];
  if (kind === "Array") return [(value as readonly unknown[]).length]; // tells holes at the end
  if (kind === "Date") return [(value as Date).getTime()];
  return kind === "ArrayBuffer" ? [new Uint8Array(value as ArrayBuffer)] : [];
}

const MAX_DEPTH = 500;
const KINDS = /^(Map|Set|Date|ArrayBuffer|\w*Array)$/;

/** Tells records from instances of classes; records of other realms, too, whose `Object.prototype` is another one. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(what: string): TypeError {
  return new TypeError(`A key can be made of plain data only, not of a ${what}.`);
}
