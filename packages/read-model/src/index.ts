export { assertColumns, assertName, flawOf, keyColumn, typeOf } from "./columns.ts";
export type { AnyDocument, Column, Columns, DocumentOf } from "./columns.ts";
export { foldBatch, keysOf } from "./fold-batch.ts";
export type { Changes } from "./fold-batch.ts";
export type { Lag } from "./projection-errors.ts";
export type { ProjectionState } from "./projection-run.ts";
export type { ProjectionBatch, ProjectionStore } from "./projection-store.ts";
export { projection } from "./projection.ts";
export type { Projection } from "./projection.ts";
export { createProjector } from "./projector.ts";
export type {
  ProjectionStatus,
  Projector,
  ProjectorOptions,
  ProjectorStatus,
  WaitForOptions,
} from "./projector.ts";
export { ReadModelError, isReadModelError } from "./read-model-error.ts";
export type { ReadModelErrorCode } from "./read-model-error.ts";
export { prepareFind } from "./prepare-find.ts";
export type { PreparedFind } from "./prepare-find.ts";
export type { FindOptions, FoundDocuments, ReadModel } from "./read-model.ts";
export type { WaitOptions } from "./waiters.ts";
