import type { EventMessage } from "@counterpoint/bus";
import type { Json } from "@counterpoint/events";
import { isStorableText } from "@counterpoint/events";
import type { StreamAppend } from "@counterpoint/events";
import * as fc from "fast-check";

/** Text that every adapter can keep: any well-formed text without U+0000. */
export function storableTexts(
  constraints: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", ...constraints }).filter(isStorableText);
}

/** Payloads that come back as they went in: JSON of every form, with names that once broke somebody's code. */
export function jsonPayloads(): fc.Arbitrary<Json> {
  const keys = fc.oneof(
    { weight: 4, arbitrary: storableTexts({ maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom("constructor", "toString", "type", "payload", "") },
  );
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((number) => (number === 0 ? 0 : number)),
      storableTexts({ maxLength: 20 }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  return value;
}

/** Event messages of the given types, or of any, with JSON payloads. */
export function eventMessages(types?: readonly string[]): fc.Arbitrary<EventMessage> {
  return fc.record({
    type: types ? fc.constantFrom(...types) : storableTexts({ minLength: 1, maxLength: 20 }),
    payload: jsonPayloads(),
  });
}

/** Says what histories are made of. */
export interface HistoryConstraints {
  /** Default: three. */
  readonly streams?: readonly string[];
  /** Default: any messages. */
  readonly events?: fc.Arbitrary<EventMessage>;
  /** How many appends at the most; integer ≥ 0. Default 20. */
  readonly maxAppends?: number;
}

/**
 * Histories of several streams: appends in the order in which they happen, each of 1 to 4 events to one stream, some
 * of them to several at once.
 */
export function histories({
  streams = ["stream-1", "stream-2", "stream-3"],
  events = eventMessages(),
  maxAppends = 20,
}: HistoryConstraints = {}): fc.Arbitrary<readonly (readonly StreamAppend[])[]> {
  const append = fc.record({
    stream: fc.constantFrom(...streams),
    events: fc.array(events, { minLength: 1, maxLength: 4 }),
  });
  const toSeveral = fc.uniqueArray(append, {
    minLength: 1,
    maxLength: 3,
    selector: ({ stream }) => stream,
  });
  return fc.array(toSeveral, { maxLength: maxAppends });
}

/** Merges lists into one in every possible way; the order within each list stays. */
export function interleavings<T>(lists: readonly (readonly T[])[]): fc.Arbitrary<readonly T[]> {
  const turns = lists.flatMap((list, index) => list.map(() => index));
  return fc.shuffledSubarray(turns, { minLength: turns.length }).map((order) => {
    const taken = lists.map(() => 0);
    return order.map((index) => lists[index]![taken[index]!++]!); // as many turns as items
  });
}
