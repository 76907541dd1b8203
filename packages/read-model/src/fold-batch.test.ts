import { event, type } from "@counterpoint/bus";
import type { RecordedEvent } from "@counterpoint/events";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyDocument } from "./columns.ts";
import { foldBatch, keysOf } from "./fold-batch.ts";
import type { Projection } from "./projection.ts";
import { projection } from "./projection.ts";
import { isReadModelError } from "./read-model-error.ts";

const Put = event("Put", { payload: type<{ id: string; text: string }>() });
const Removed = event("Removed", { payload: type<{ id: string }>() });
const Ignored = event("Ignored", { payload: type<{ id: string }>() });

const notes = projection("notes", {
  version: 1,
  events: [Put, Removed, Ignored],
  columns: { id: "text", text: "text" },
  key: ({ payload }) => payload.id,
  on: {
    Put: (note, { payload: { id, text } }) => ({ id, text: (note?.text ?? "") + text }),
    Removed: () => null,
    Ignored: () => undefined,
  },
});

const id = fc.constantFrom("a", "b", "c", "toString");
const messages = fc.array(
  fc.oneof(
    fc.record({ id, text: fc.constantFrom("x", "y") }).map(Put),
    fc.record({ id }).map(Removed),
    fc.record({ id }).map(Ignored),
    fc.constant({ type: "Unrelated", payload: { id: "a" } }),
  ),
  { maxLength: 30 },
);

describe("foldBatch", () => {
  it("gives the same documents however the events are cut into batches", () => {
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (given, sizes) => {
          const events = given.map(record);
          const atOnce = applied(new Map(), events);
          let documents = new Map<string, AnyDocument>();
          for (let from = 0, turn = 0; from < events.length; turn++) {
            const to = from + sizes[turn % sizes.length]!;
            documents = applied(documents, events.slice(from, to));
            from = to;
          }
          expect(documents).toEqual(atOnce);
        },
      ),
    );
  });

  it("asks for every document that it touches, each once", () => {
    fc.assert(
      fc.property(messages, (given) => {
        const events = given.map(record);
        const keys = keysOf(notes, events);
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of foldBatch(notes, events, new Map()).keys()) expect(keys).toContain(key);
      }),
    );
    expect(
      keysOf(notes, [Put({ id: "b", text: "" }), Put({ id: "a", text: "" })].map(record)),
    ).toEqual(["b", "a"]);
  });

  it("leaves what it was given as it is", () => {
    const documents = new Map([["a", Object.freeze({ id: "a", text: "x" })]]);
    const changes = foldBatch(notes, [Put({ id: "a", text: "y" })].map(record), documents);
    expect(documents.get("a")).toEqual({ id: "a", text: "x" });
    expect(changes.get("a")).toEqual({ id: "a", text: "xy" });
  });

  it("reports a removal only where something was, or may have been written", () => {
    const removed = [Removed({ id: "a" })].map(record);
    expect([...foldBatch(notes, removed, new Map())]).toEqual([]);
    expect([...foldBatch(notes, removed, new Map([["a", { id: "a", text: "" }]]))]).toEqual([
      ["a", null],
    ]);
  });

  it("reports nothing for events that leave things as they are", () => {
    expect(foldBatch(notes, [Ignored({ id: "a" })].map(record), new Map()).size).toBe(0);
  });

  it.each<[string, Partial<Projection>, string]>([
    ["a handler throws", { apply: () => fails() }, "notes failed on Put at position 1: no"],
    ["a key function throws", { keyOf: () => fails() }, "notes failed on Put at position 1: no"],
    ["a handler is asynchronous", { apply: async () => ({}) } as never, "column id is undefined"],
    ["a handler returns no document", { apply: () => "x" } as never, "came out, it is x"],
    [
      "the key column is not the key",
      { apply: () => ({ id: "b", text: "" }) },
      "is not its key, a",
    ],
    ["a column is missing", { apply: () => ({ id: "a" }) }, "column text is undefined"],
    ["a column is too many", { apply: () => ({ id: "a", text: "", x: 1 }) }, "x is not among"],
    ["the key is empty", { keyOf: () => "" }, "its key is a text of 0 characters"],
    ["the key is no text", { keyOf: () => 7 as never }, "its key is 7"],
    [
      "the key is too long",
      { keyOf: () => "x".repeat(513) },
      "its key is a text of 513 characters",
    ],
    ["the key cannot be stored", { keyOf: () => "\u0000" }, "well-formed text"],
  ])("names the culprit when %s", (_, change, message) => {
    const culprit = record(Put({ id: "a", text: "x" }), 0);
    let failure: unknown;
    try {
      foldBatch({ ...notes, ...change } as Projection, [culprit], new Map());
    } catch (error) {
      failure = error;
    }
    expect(isReadModelError(failure, "HANDLER_FAILED")).toBe(true);
    expect(failure).toMatchObject({ details: { projection: "notes", event: culprit } });
    expect((failure as Error).message).toMatch(message);
  });

  it("keeps the cause of a failure", () => {
    expect.assertions(1);
    try {
      foldBatch(
        { ...notes, apply: () => fails() },
        [record(Put({ id: "a", text: "" }), 0)],
        new Map(),
      );
    } catch (error) {
      expect((error as Error).cause).toEqual(new Error("no"));
    }
  });
});

function applied(
  documents: ReadonlyMap<string, AnyDocument>,
  events: readonly RecordedEvent[],
): Map<string, AnyDocument> {
  const after = new Map(documents);
  for (const [key, document] of foldBatch(notes, events, documents)) {
    if (document === null) after.delete(key);
    else after.set(key, document);
  }
  return after;
}

function record(message: { type: string; payload: unknown }, index: number): RecordedEvent {
  return {
    ...message,
    stream: "s",
    version: index + 1,
    position: index + 1,
    recordedAt: new Date(0),
    metadata: { id: `${index}` },
  };
}

function fails(): never {
  throw new Error("no");
}
