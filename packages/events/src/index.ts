export { assertOptions } from "./assert-options.ts";
export { decodeToken, encodeToken } from "./consistency-token.ts";
export type { ConsistencyToken } from "./consistency-token.ts";
export type { EventLog, LogSlice, ReadLogOptions } from "./event-log.ts";
export {
  ConcurrencyError,
  EventStoreError,
  isConcurrencyError,
  isEventStoreError,
} from "./event-store-error.ts";
export type { EventStoreErrorCode } from "./event-store-error.ts";
export type {
  AppendedStream,
  AppendResult,
  EventStore,
  ExpectedVersion,
  ReadStreamOptions,
  StreamAppend,
} from "./event-store.ts";
export { copyJson, isStorableText } from "./json.ts";
export { Listeners } from "./listeners.ts";
export {
  assertInteger,
  assertReadLog,
  assertReadStream,
  assertStreamName,
  checkVersion,
  prepareAppends,
} from "./prepare-appends.ts";
export type { PreparedAppend } from "./prepare-appends.ts";
export type { EventMetadata, Json, JsonObject, Recorded, RecordedEvent } from "./recorded-event.ts";
export { systemClock, systemScheduler } from "./time.ts";
export type { Clock, Scheduler } from "./time.ts";
export { namingUpcaster, upcasters } from "./upcasting.ts";
export type { Upcaster } from "./upcasting.ts";
