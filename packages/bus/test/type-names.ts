import fc from "fast-check";

/** Names that some router has mixed up: with a prototype, with each other, or with nothing. */
const CONFUSING = [
  ...[
    "CreateUser",
    "createUser",
    "CREATEUSER",
    "CreateUse",
    "CreateUsers",
    "CreateUser ",
    "Create",
  ],
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "then"],
  ...["", " ", "\u0000", "0", "null", "undefined", "type", "payload", "*", "Create*", "a.b", "a/b"],
  ...["A", "\uFF21", "\u0391", "\u0410"], // Latin, full-width, Greek and Cyrillic A
  ...[
    "\u00E9",
    "e\u0301",
    "\u212B",
    "\u00C5",
    "\uFB01",
    "fi",
    "\u00DF",
    "ss",
    "\u0130",
    "i",
    "I",
    "\u0131",
  ],
  ...["\uD800", "\uDC00", "\uFFFD", "😀", "a\u200B", "a"],
];

/** Each makes a name that a sloppy comparison takes for the one it was made from. */
const RELATIVES: readonly ((name: string) => string)[] = [
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.slice(0, -1),
  (name) => name.slice(1),
  (name) => `${name}s`,
  (name) => `x${name}`,
  (name) => `${name} `,
  (name) => ` ${name}`,
  (name) => name.trim(),
  (name) => name.normalize("NFC"),
  (name) => name.normalize("NFD"),
  (name) => name.normalize("NFKC"),
  (name) => `${name}\u200B`,
  (name) => `${name}.${name}`,
];

const anyName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CONFUSING) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
);

const family = fc
  .tuple(anyName, fc.uniqueArray(fc.constantFrom(...RELATIVES), { maxLength: 3 }))
  .map(([name, relatives]) => [name, ...relatives.map((relativeOf) => relativeOf(name))]);

/** A few names, all different and many nearly the same: few, so that a sequence of calls meets each more than once. */
export const typeNames: fc.Arbitrary<readonly string[]> = fc
  .array(family, { minLength: 1, maxLength: 2 })
  .map((families) => [...new Set(families.flat())]);
