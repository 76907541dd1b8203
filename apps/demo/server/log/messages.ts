import { query, type } from "@counterpoint/bus";
import type { LogSlice, ReadLogOptions } from "@counterpoint/events";

/** Reads a stretch of the log. Whoever follows it asks again and again, and is authorised again and again. */
export const ReadLog = query("ReadLog", {
  payload: type<ReadLogOptions>(),
  result: type<LogSlice>(),
});
