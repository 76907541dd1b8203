/**
 * Refuses options that have a name which nobody knows: a misspelt one would go unheard.
 *
 * @param factory - Who was given them, for the message.
 * @param known - The names of all options; the values do not matter.
 * @throws {TypeError} When they are no object, or there is another one; the message lists those that there are.
 * @example
 * ```ts
 * import { assertOptions } from "@counterpoint/events";
 *
 * const options = { shcema: "shop" };
 * assertOptions("migrate", options, { schema: true }); // => throws TypeError: migrate has no option shcema; it has: schema.
 * ```
 */
export function assertOptions(
  factory: string,
  options: object,
  known: Readonly<Record<string, unknown>>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Expected the options of ${factory} to be an object, got ${String(options)}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${factory} has no option ${name}; it has: ${Object.keys(known).join(", ")}.`,
    );
  }
}
