export {
  eventMessages,
  histories,
  interleavings,
  jsonPayloads,
  storableTexts,
} from "./arbitraries.ts";
export type { HistoryConstraints } from "./arbitraries.ts";
export type { ContractCase, Opened, OpenOptions, OpenStore, StorePorts } from "./contract-case.ts";
export { eventStoreContract } from "./contracts/event-store-contract.ts";
export { equivalenceContract } from "./contracts/equivalence-contract.ts";
export { idempotencyStoreContract } from "./contracts/idempotency-store-contract.ts";
export { inlineContract } from "./contracts/inline-contract.ts";
export { projectionStoreContract } from "./contracts/projection-store-contract.ts";
export { projectorContract } from "./contracts/projector-contract.ts";
export { readModelContract } from "./contracts/read-model-contract.ts";
export { deadLetterContract } from "./contracts/dead-letter-contract.ts";
export { partitionsContract } from "./contracts/partitions-contract.ts";
export { poisonContract } from "./contracts/poison-contract.ts";
export { progressStoreContract } from "./contracts/progress-store-contract.ts";
export { reactorContract } from "./contracts/reactor-contract.ts";
export { rebuildContract } from "./contracts/rebuild-contract.ts";
export { replaceContract } from "./contracts/replace-contract.ts";
export { repositoryContract } from "./contracts/repository-contract.ts";
export type { CreateRepository } from "./contracts/repository-contract.ts";
export { snapshotStoreContract } from "./contracts/snapshot-store-contract.ts";
export { stateStoreContract } from "./contracts/state-store-contract.ts";
export { versionContract } from "./contracts/version-contract.ts";
export { workersContract } from "./contracts/workers-contract.ts";
export { crashScenarios } from "./crash-scenarios.ts";
export type { CrashScenario } from "./crash-scenarios.ts";
export { crashSweep } from "./crash-sweep.ts";
export type { CrashPoint, CrashSweepOptions, CrashSweepReport } from "./crash-sweep.ts";
export { InjectedFault, withFaults } from "./faults.ts";
export type { Fault, FaultOptions, FaultPlan, FaultyStore, PortCall } from "./faults.ts";
export { given, givenEvents, recorded } from "./given-when-then.ts";
export type { Decided, GivenEvents, GivenHistory, RecordedFields } from "./given-when-then.ts";
export { planted, redCases } from "./planted.ts";
export type { Plant } from "./planted.ts";
export { manualTime } from "./manual-time.ts";
export type { ManualTime, Outside } from "./manual-time.ts";
export { projectorModel } from "./projector-model.ts";
export { readSideContracts } from "./read-side-contracts.ts";
export { syntheticLog } from "./synthetic-log.ts";
export type { SyntheticLog } from "./synthetic-log.ts";
export { storeContracts } from "./store-contracts.ts";
export type { ContractSuite } from "./store-contracts.ts";
