import { event, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import type { Request } from "../exercise.ts";

const SeatReserved = event("SeatReserved", { payload: type<{ seat: string }>() });

/** Reads what is taken, in the order of versions. */
export async function takenIn(store: EventStore): Promise<readonly string[]> {
  const events = await store.readStream("hall");
  return events.map(({ payload }) => (payload as Request).seat);
}

/** Appends without, or with, a version to hold it to. */
export async function take(
  store: EventStore,
  seat: string,
  expectedVersion: number | "any",
): Promise<number> {
  const append = { stream: "hall", events: [SeatReserved({ seat })], expectedVersion };
  const [written] = (await store.append(append)).streams;
  if (!written) throw new Error("One append has one stream.");
  return written.version;
}
