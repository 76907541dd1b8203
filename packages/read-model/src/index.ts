export { assertColumns, assertName, canRead, flawOf, keyColumn, typeOf } from "./columns.ts";
export type { AnyDocument, Column, Columns, DocumentOf } from "./columns.ts";
export type { DeadLetterOffice, RetriedAll } from "./dead-letter-office.ts";
export { assertReadable, outOfOrder, readForLetter } from "./dead-letters.ts";
export type {
  DeadLetter,
  DeadLetterAct,
  DeadLetterOrder,
  DeadLetterStore,
  ListDeadLettersOptions,
  Poison,
  SetAside,
} from "./dead-letters.ts";
export { keyOf, keyOrNone, unreadable } from "./event-key.ts";
export { checkpointMoved, fenced, nothingParked, otherVersion } from "./progress-errors.ts";
export { foldBatch, keysOf } from "./fold-batch.ts";
export type { Changes } from "./fold-batch.ts";
export { eventsOf, partitionOf } from "./follower.ts";
export type { Follower, Lease, PartitionProgress } from "./follower.ts";
export type { FollowerStatus, PartitionStatus } from "./follower-status.ts";
export type { FollowerOptions, FollowingOptions, WaitForOptions } from "./following.ts";
export type { Lag } from "./lag.ts";
export type { HandledBatch } from "./log-walk.ts";
export type { RunState } from "./partition-run.ts";
export type { Beginning, LeaseRequest, ProgressStore, Step } from "./progress-store.ts";
export type { ProjectionBatch, ProjectionStore } from "./projection-store.ts";
export { projection } from "./projection.ts";
export type { Projection } from "./projection.ts";
export { createProjector } from "./projector.ts";
export type {
  ProjectionSetup,
  Projector,
  ProjectorOptions,
  ProjectorStatus,
  RebuildOptions,
} from "./projector.ts";
export { createReactor, reaction } from "./reactor.ts";
export type {
  Reaction,
  ReactionContext,
  ReactionSetup,
  Reactor,
  ReactorOptions,
} from "./reactor.ts";
export { isLeftOver, replacementOf } from "./rebuild.ts";
export type { RebuildProgress } from "./rebuild.ts";
export { ReadModelError, isReadModelError } from "./read-model-error.ts";
export type { ReadModelErrorCode } from "./read-model-error.ts";
export { prepareFind } from "./prepare-find.ts";
export type { PreparedFind } from "./prepare-find.ts";
export type { FindOptions, FoundDocuments, ReadModel } from "./read-model.ts";
export type { WaitOptions } from "./waiters.ts";
