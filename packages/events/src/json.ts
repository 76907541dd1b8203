import { EventStoreError } from "./event-store-error.ts";
import type { Json } from "./recorded-event.ts";

/**
 * Copies a value as storing and loading it as JSON would, and refuses what would come back as something else.
 *
 * Members that are `undefined` are left out; `-0` becomes `0`. Refused are `undefined` elsewhere, `NaN` and infinities,
 * bigints, dates, maps, sets, class instances, functions, symbols, cycles, nesting deeper than 100, and text that Postgres
 * cannot keep (U+0000, lone surrogates): every adapter takes the same.
 *
 * @param name - How errors call the value, for example `UserRegistered payload`.
 * @throws {EventStoreError} `INVALID_EVENT`, naming the path.
 */
export function copyJson(value: unknown, name: string): Json {
  return copy(value, name, 0);
}

const DEEPEST = 100;

function copy(value: unknown, path: string, depth: number): Json {
  if (depth > DEEPEST) throw refused(path, `is nested deeper than ${DEEPEST} levels, or a cycle`);
  switch (typeof value) {
    case "string":
      return text(value, path);
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw refused(path, `is ${value}, which JSON cannot hold`);
      return value === 0 ? 0 : value;
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) {
        return Array.from(value, (item, index) => copy(item, `${path}[${index}]`, depth + 1));
      }
      return copyObject(value, path, depth);
    default:
      throw refused(path, `is a ${typeof value}, which JSON cannot hold`);
  }
}

function copyObject(value: object, path: string, depth: number): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const kind = value.constructor?.name ?? "an object with a prototype";
    throw refused(path, `is a ${kind}; use plain JSON (an ISO string for a date)`);
  }
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const copied = copy(member, `${path}.${key}`, depth + 1);
    if (key === "__proto__") {
      Object.defineProperty(result, key, {
        value: copied,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else {
      result[text(key, `${path} (a key)`)] = copied;
    }
  }
  return result;
}

/** Tells whether every adapter can keep a text as it is: without U+0000 and without half a surrogate pair. */
export function isStorableText(value: string): boolean {
  return !value.includes("\u0000") && !LONE_SURROGATE.test(value);
}

function text(value: string, path: string): string {
  if (value.includes("\u0000")) throw refused(path, "contains U+0000, which Postgres cannot store");
  if (LONE_SURROGATE.test(value)) throw refused(path, "contains half a surrogate pair");
  return value;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function refused(path: string, why: string): EventStoreError<"INVALID_EVENT"> {
  return new EventStoreError("INVALID_EVENT", `${path} ${why}.`, { details: { path } });
}
