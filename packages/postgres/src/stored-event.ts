import type { EventMetadata, RecordedEvent, Upcaster } from "@counterpoint/events";
import type { Row } from "./database.ts";

/** SQL that lists what {@link decodeEvent} reads, of the table `e`. */
export const EVENT_COLUMNS: string =
  "e.position, e.stream, e.version, e.type, e.payload, e.metadata," +
  " round(date_part('epoch', e.recorded_at) * 1000)";

/** How many columns that are. */
export const EVENT_WIDTH = 7;

/** Reads the columns of an event, from `at` on, and brings it up to date. */
export function decodeEvent(row: Row, at: number, upcast: Upcaster): RecordedEvent {
  const payload = row[at + 4];
  return upcast({
    type: row[at + 3]!, // not null, as all but the payload
    payload: payload == null ? undefined : (JSON.parse(payload) as unknown),
    stream: row[at + 1]!,
    version: Number(row[at + 2]),
    position: Number(row[at]),
    recordedAt: new Date(Number(row[at + 6])),
    metadata: JSON.parse(row[at + 5]!) as EventMetadata, // as `append` wrote it
  });
}
