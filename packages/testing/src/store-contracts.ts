import {
  createEventSourcedRepository,
  createStateStoredRepository,
} from "@counterpoint/write-model";
import type { ContractCase, OpenStore, StorePorts } from "./contract-case.ts";
import { eventStoreContract } from "./contracts/event-store-contract.ts";
import { equivalenceContract } from "./contracts/equivalence-contract.ts";
import { inlineContract } from "./contracts/inline-contract.ts";
import { projectionStoreContract } from "./contracts/projection-store-contract.ts";
import { projectorContract } from "./contracts/projector-contract.ts";
import { readModelContract } from "./contracts/read-model-contract.ts";
import { repositoryContract } from "./contracts/repository-contract.ts";
import { snapshotStoreContract } from "./contracts/snapshot-store-contract.ts";
import { stateStoreContract } from "./contracts/state-store-contract.ts";

/** A port's name and its promises. */
export interface ContractSuite {
  readonly name: string;
  readonly cases: readonly ContractCase[];
}

/**
 * Lists the suites of all ports, for an adapter that provides them all: whoever iterates over it has the same cases as
 * everybody else.
 *
 * @param open - Opens a fresh, empty store for each case.
 * @example
 * ```ts
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { storeContracts } from "@counterpoint/testing";
 * import type { OpenStore, StorePorts } from "@counterpoint/testing";
 * import { describe, it } from "vitest";
 *
 * const open: OpenStore<StorePorts> = async (options) => ({
 *   store: createMemoryStore(options), // yours
 *   async [Symbol.asyncDispose]() {},
 * });
 * for (const { name, cases } of storeContracts(open)) {
 *   describe(name, () => {
 *     for (const { name, run } of cases) it(name, run);
 *   });
 * }
 * ```
 */
export function storeContracts(open: OpenStore<StorePorts>): readonly ContractSuite[] {
  return [
    { name: "event store", cases: eventStoreContract(open) },
    { name: "state store", cases: stateStoreContract(open) },
    { name: "snapshot store", cases: snapshotStoreContract(open) },
    {
      name: "event-sourced repository",
      cases: repositoryContract(open, createEventSourcedRepository),
    },
    {
      name: "event-sourced repository with snapshots",
      cases: repositoryContract(open, (store, decider, options) =>
        createEventSourcedRepository(store, decider, {
          ...options,
          snapshots: { store, every: 2, schema: 1 },
        }),
      ),
    },
    {
      name: "state-stored repository",
      cases: repositoryContract(open, createStateStoredRepository),
    },
    { name: "read model", cases: readModelContract(open) },
    { name: "projection store", cases: projectionStoreContract(open) },
    { name: "inline projections", cases: inlineContract(open) },
    { name: "projector", cases: projectorContract(open) },
    { name: "equivalence", cases: equivalenceContract(open) },
  ];
}
