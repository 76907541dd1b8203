import type { ContractCase, OpenOptions, OpenStore } from "./contract-case.ts";

/** Makes one thing wrong about a store that is right: the methods that it returns replace those of the store. */
export type Plant<TStore> = (right: TStore, options: OpenOptions) => Partial<TStore>;

/**
 * Opens stores with something wrong about them, to prove that a suite notices.
 *
 * @param open - Opens right stores; plain objects, whose methods do not depend on `this`.
 * @example
 * ```ts
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { eventStoreContract, planted, redCases } from "@counterpoint/testing";
 * import type { OpenStore, StorePorts } from "@counterpoint/testing";
 *
 * const open: OpenStore<StorePorts> = async (options) => ({
 *   store: createMemoryStore(options), // yours
 *   async [Symbol.asyncDispose]() {},
 * });
 * const stuck = planted(open, () => ({ head: async () => 0 }));
 * const red = await redCases(eventStoreContract(stuck));
 * red.includes("ends at its head"); // => true
 * ```
 */
export function planted<TStore extends object>(
  open: OpenStore<TStore>,
  plant: Plant<TStore>,
): OpenStore<TStore> {
  return async (options) => {
    const right = await open(options);
    const wrong = (store: TStore): TStore => ({ ...store, ...plant(store, options) });
    const { another, pass } = right;
    return {
      store: wrong(right.store),
      ...(another && { another: async () => wrong(await another.call(right)) }),
      ...(pass && { pass: (ms) => pass.call(right, ms) }),
      [Symbol.asyncDispose]: () => right[Symbol.asyncDispose](),
    };
  };
}

/**
 * Runs cases one after the other.
 *
 * @returns The names of those that fail.
 */
export async function redCases(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const red: string[] = [];
  for (const { name, run } of cases) await run().catch(() => red.push(name));
  return red;
}
