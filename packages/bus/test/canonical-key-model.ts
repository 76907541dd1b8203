import fc from "fast-check";
import { agree, show } from "./disagreement.ts";
import { isSame } from "./equality.ts";

export type CanonicalKey = (value: unknown) => string;

/** The law of keys: two values have the same key exactly if they are the same data. */
export function tellsValuesApart(keyOf: CanonicalKey): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(pairs, async ([a, b]) => {
    const [keyOfA, keyOfB] = [keyOf(a), keyOf(b)];
    agree((keyOfA === keyOfB) === isSame(a, b), () => {
      const are = isSame(a, b) ? "are the same" : "differ";
      return `${show(a)} and ${show(b)} ${are}, with the keys ${keyOfA} and ${keyOfB}`;
    });
  });
}

/** Few values that look alike, so that pairs are often nearly the same. */
const atoms = fc.constantFrom<unknown>(
  ...[undefined, null, true, false, 0, -0, 1, 12, NaN, Infinity, 1n, 12n],
  ...[
    "",
    "a",
    "b",
    "1",
    "12",
    "1n",
    "null",
    "undefined",
    "NaN",
    "true",
    ",",
    '"',
    "a,b",
    "]",
    "{}",
    "0",
  ],
  ...["1970-01-01T00:00:00.000Z", "[object Object]", "\uD800", "\uD801", "__proto__"],
);

const numbers = fc.array(fc.constantFrom(0, -0, 1, 2, 12, 255, NaN), { maxLength: 3 });
const bigints = fc.array(fc.constantFrom(0n, 1n, 12n), { maxLength: 2 });
const keys = fc.constantFrom("a", "b", "0", "1", "", ",", "a:1", "__proto__", "length", "toString");

const { value: values } = fc.letrec<{ value: unknown; data: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, atoms, tie("data")),
  data: fc.oneof(
    fc.array(tie("value"), { maxLength: 3 }),
    fc.sparseArray(tie("value"), { maxLength: 3, maxNumElements: 2 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
    fc.uniqueArray(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((e) => new Map(e)),
    fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
    fc.constantFrom(0, 1, 12, NaN).map((ms) => new Date(ms)),
    fc
      .tuple(numbers, fc.constantFrom(Uint8Array, Int8Array, Float32Array, Float64Array))
      .map(([items, Kind]) => Kind.from(items)),
    bigints.map((items) => BigInt64Array.from(items)),
    numbers.map((items) => Uint8Array.from(items).buffer),
  ),
}));

const pairs = fc.oneof(
  fc.tuple(values, values),
  values.chain((value) => shuffled(value).map((other): [unknown, unknown] => [value, other])),
  values.chain((value) => altered(value).map((other): [unknown, unknown] => [value, other])),
);

/** The same data in another order, and none of it the same object. */
function shuffled(value: unknown): fc.Arbitrary<unknown> {
  return rebuilt(value, shuffled);
}

/** The same in another order, with parts that are other ones, or of another kind with the same inside. */
function altered(value: unknown): fc.Arbitrary<unknown> {
  const same = rebuilt(value, (part) => fc.oneof(shuffled(part), altered(part)));
  return fc.oneof(
    { weight: 3, arbitrary: same },
    { weight: 2, arbitrary: fc.constantFrom(...lookalikes(value)) },
    values,
  );
}

function lookalikes(value: unknown): readonly unknown[] {
  if (typeof value === "number") return [-value, String(value), new Date(value)];
  if (typeof value === "bigint") return [Number(value), String(value), `${value}n`];
  if (typeof value === "string") {
    const other = value.replace("\uD800", "\uD801");
    return [value === "" ? [] : Number(value), other, { [value]: undefined }];
  }
  if (typeof value !== "object" || value === null) return [null, undefined, String(value)];
  if (value instanceof Date) return [value.getTime(), value.toJSON(), {}];
  if (value instanceof Map) return [[...value], new Set(value), {}, withNames(value)];
  if (value instanceof Set) return [[...value], new Map(), {}];
  if (value instanceof ArrayBuffer) return [new Uint8Array(value), {}];
  if (ArrayBuffer.isView(value)) {
    const items = Array.from(value as unknown as ArrayLike<unknown>);
    const others = items.every((item) => typeof item === "number")
      ? [Int16Array.from(items), Float32Array.from(items)]
      : [];
    return [items, Object.fromEntries(Object.entries(items)), new Set(items), ...others];
  }
  if (Array.isArray(value)) {
    const entries = Object.entries(value);
    return [
      Object.fromEntries(entries),
      Array.from(value),
      new Set(value),
      new Map(entries),
      [...value, undefined],
    ];
  }
  const entries = Object.entries(value);
  const defined = entries.filter(([, member]) => member !== undefined);
  const plain = entries.filter(([key]) => key !== "__proto__");
  return [
    ...[new Map(entries), entries, Object.values(value)],
    ...[Object.fromEntries(defined), Object.fromEntries(plain), { ...value, b: undefined }],
  ];
}

/** A record of what a map holds under texts, and of the rest as well as that goes. */
function withNames(map: ReadonlyMap<unknown, unknown>): object {
  return Object.fromEntries(
    Array.from(map, ([key, value]) => [typeof key === "string" ? key : fc.stringify(key), value]),
  );
}

type Rebuild = (part: unknown) => fc.Arbitrary<unknown>;

function rebuilt(value: unknown, part: Rebuild): fc.Arbitrary<unknown> {
  if (typeof value !== "object" || value === null) return fc.constant(value);
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown, index) => [[index, item] as const]); // without holes
    return entriesOf(items, fc.constant, part).map((entries) => {
      return Object.assign(
        Array.from({ length: 0 }),
        { length: value.length },
        Object.fromEntries(entries),
      );
    });
  }
  if (value instanceof Map)
    return entriesOf([...value], part, part).map((entries) => new Map(entries));
  if (value instanceof Set) {
    return entriesOf([...value.entries()], part, fc.constant).map(
      (entries) => new Set(entries.map(([member]) => member)),
    );
  }
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    return fc.constant(structuredClone(value));
  }
  return entriesOf(Object.entries(value), fc.constant, part).map((entries) =>
    Object.fromEntries(entries),
  );
}

function entriesOf<TKey>(
  entries: readonly (readonly [TKey, unknown])[],
  key: (key: TKey) => fc.Arbitrary<TKey>,
  part: Rebuild,
): fc.Arbitrary<[TKey, unknown][]> {
  return fc
    .shuffledSubarray([...entries], { minLength: entries.length })
    .chain((order) => fc.tuple(...order.map(([name, value]) => fc.tuple(key(name), part(value)))));
}
