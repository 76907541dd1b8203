import type { MemoryStore } from "@counterpoint/memory";
import { createMemoryStore } from "@counterpoint/memory";
import fc from "fast-check";
import type { Takings } from "../exercise.ts";
import { createBoxOffice } from "../exercise.ts";

export const STREAM = "concert-1";

/** What is in the log: this year's form, or last year's. */
export type Recorded =
  | { readonly customer: string; readonly seat: string; readonly cents: number }
  | { readonly customer: string; readonly seat: string; readonly euros: number };

/** Prices as they were printed; among them one that binary fractions cannot hold. */
const price = fc.constantFrom(4_000, 1_999, 0);
export const recorded = fc
  .tuple(price, fc.boolean())
  .map(([cents, isNew]): Recorded => (isNew ? sale(cents) : oldSale(cents / 100)));

export const sale = (cents: number): Recorded => ({ customer: "ada", seat: "A1", cents });
export const oldSale = (euros: number): Recorded => ({ customer: "ada", seat: "A1", euros });

/** A store, and what was mailed: both outlive the process. */
export function createEvening() {
  const store = createMemoryStore();
  const mails: string[] = [];
  return {
    store,
    mails,
    /** A new process over the same store. */
    start: () =>
      createBoxOffice(
        store,
        async ({ seat, customer }) => void mails.push(`${seat} to ${customer}`),
      ),
    record: (events: readonly Recorded[]) => record(store, events),
  };
}

async function record(store: MemoryStore, events: readonly Recorded[]): Promise<void> {
  if (events.length === 0) return;
  const messages = events.map((payload) => ({ type: "SeatSold", payload }));
  await store.append({ stream: STREAM, events: messages });
}

export function takingsOf(events: readonly Recorded[]): Takings {
  return {
    sold: events.length,
    cents: events.reduce((sum, each) => sum + centsOf(each), 0),
  };
}

export function eurosOf(events: readonly Recorded[]): number {
  return takingsOf(events).cents / 100;
}

function centsOf(each: Recorded): number {
  return "cents" in each ? each.cents : Math.round(each.euros * 100);
}

export function inWords(events: readonly Recorded[]): string {
  return events
    .map((each) =>
      "cents" in each ? `SeatSold ${each.cents} cents` : `SeatSold ${each.euros} euros`,
    )
    .join(" → ");
}
