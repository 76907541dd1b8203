import type { ContractCase, OpenStore } from "./contract-case.ts";
import { deadLetterContract } from "./contracts/dead-letter-contract.ts";
import { partitionsContract } from "./contracts/partitions-contract.ts";
import { poisonContract } from "./contracts/poison-contract.ts";
import { progressStoreContract } from "./contracts/progress-store-contract.ts";
import { reactorContract } from "./contracts/reactor-contract.ts";
import { rebuildContract } from "./contracts/rebuild-contract.ts";
import { replaceContract } from "./contracts/replace-contract.ts";
import type { ReadSideStore } from "./contracts/store-bench.ts";
import { unreadableContract } from "./contracts/unreadable-contract.ts";
import { versionContract } from "./contracts/version-contract.ts";
import { workersContract } from "./contracts/workers-contract.ts";

/**
 * Lists the suites about many workers, poison, rebuilds and reactions, for an adapter of the read side.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function readSideContracts(
  open: OpenStore<ReadSideStore>,
): readonly { readonly name: string; readonly cases: readonly ContractCase[] }[] {
  return [
    { name: "progress store", cases: progressStoreContract(open) },
    { name: "partitions", cases: partitionsContract(open) },
    { name: "dead letters", cases: deadLetterContract(open) },
    { name: "replacing a read model", cases: replaceContract(open) },
    { name: "poison", cases: poisonContract(open) },
    { name: "unreadable events", cases: unreadableContract(open) },
    { name: "workers", cases: workersContract(open) },
    { name: "rebuilding beside", cases: rebuildContract(open) },
    { name: "new versions", cases: versionContract(open) },
    { name: "reactor", cases: reactorContract(open) },
  ];
}
