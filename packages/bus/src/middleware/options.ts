/** What `typeof` may say of each option. */
export type Kinds<T> = {
  readonly [K in keyof Required<T>]: "boolean" | "function" | "number" | "object or function";
};

/**
 * Reads what the factory of a middleware was given. Ranges, and what is missing, are for the factory to refuse.
 *
 * @throws {TypeError} When an option is of another type, or has a name that nobody knows: a misspelt one would go unheard.
 */
export function optionsOf<T extends object>(factory: string, given: T, kinds: Kinds<T>): T {
  const options = { ...given }; // without any, none is set
  for (const name in options) {
    const kind: string | undefined = kinds[name];
    const type = typeof options[name];
    if (kind && (kind.includes(type) || type === "undefined")) continue;
    throw new TypeError(
      kind
        ? `Expected ${factory}({ ${name} }) to be of type ${kind}, got ${type}.`
        : `${factory} has no option ${name}; it has: ${Object.keys(kinds).join(", ")}.`,
    );
  }
  return options;
}
