import type { EventLog, EventStore } from "@counterpoint/events";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { expectedVersionCases } from "./expected-version.ts";
import { fidelityCases } from "./fidelity.ts";
import { logCases } from "./log.ts";
import { streamCases } from "./streams.ts";

/**
 * Lists the promises of the ports `EventStore` and `EventLog`.
 *
 * @param open - Opens a fresh, empty store for each case.
 * @example
 * ```ts
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { eventStoreContract } from "@counterpoint/testing";
 * import type { OpenStore, StorePorts } from "@counterpoint/testing";
 * import { describe, it } from "vitest";
 *
 * const open: OpenStore<StorePorts> = async (options) => ({
 *   store: createMemoryStore(options), // yours
 *   async [Symbol.asyncDispose]() {},
 * });
 * describe("my store", () => {
 *   for (const { name, run } of eventStoreContract(open)) it(name, run);
 * });
 * ```
 */
export function eventStoreContract(
  open: OpenStore<EventStore & EventLog>,
): readonly ContractCase[] {
  return [
    ...expectedVersionCases(open),
    ...streamCases(open),
    ...fidelityCases(open),
    ...logCases(open),
  ];
}
