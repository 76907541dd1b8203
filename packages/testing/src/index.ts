export type { ContractCase, Opened, OpenOptions, OpenStore, StorePorts } from "./contract-case.ts";
export { eventStoreContract } from "./contracts/event-store-contract.ts";
export { storeContracts } from "./store-contracts.ts";
export type { ContractSuite } from "./store-contracts.ts";
