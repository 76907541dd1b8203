export { decider, fold } from "./decider.ts";
export type { Decider } from "./decider.ts";
export { createEventSourcedRepository } from "./event-sourced-repository.ts";
export type { EventSourcedRepositoryOptions, SnapshotOptions } from "./event-sourced-repository.ts";
export type {
  Decide,
  Loaded,
  Repository,
  RepositoryOptions,
  Updated,
  UpdateOptions,
} from "./repository.ts";
export type { Snapshot, SnapshotStore } from "./snapshot-store.ts";
export { createStateStoredRepository } from "./state-stored-repository.ts";
export type { StateStoredRepositoryOptions } from "./state-stored-repository.ts";
export type { StateChange, StateStore, StoredState } from "./state-store.ts";
