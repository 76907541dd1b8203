/**
 * Tells whether two values are the same data: the oracle of canonical keys, by comparing pairs instead of writing texts.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b);
  }
  if (kindOf(a) !== kindOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) {
    return isSame(new Uint8Array(a), new Uint8Array(b));
  }
  if (a instanceof Map && b instanceof Map) return isSameBag([...a], [...b]);
  if (a instanceof Set && b instanceof Set) return isSameBag([...a], [...b]);
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

/** Sameness is an equivalence, so taking the first partner that fits is as good as any. */
function isSameBag(a: readonly unknown[], b: readonly unknown[]): boolean {
  const left = [...b];
  return (
    a.length === b.length &&
    a.every((each) => {
      const index = left.findIndex((other) => isSame(each, other));
      if (index < 0) return false;
      left.splice(index, 1);
      return true;
    })
  );
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}
