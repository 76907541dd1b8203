import type { RecordedEvent } from "@counterpoint/events";
import { describe, expect, it } from "vitest";
import type { Follower } from "./follower.ts";
import { eventsOf, partitionOf } from "./follower.ts";

function eventOf(stream: string): RecordedEvent {
  const recordedAt = new Date(0);
  return {
    type: "T",
    payload: 1,
    stream,
    version: 1,
    position: 1,
    recordedAt,
    metadata: { id: "" },
  };
}

const follower: Follower = {
  name: "followed",
  version: 1,
  keyOf({ stream }) {
    if (stream === "untold") throw new Error("no key");
    return stream === "passed over" ? undefined : stream;
  },
};

describe("partitionOf", () => {
  it.each([
    ["", 1, 2, 2_166_136_261],
    ["a", 0, 5, 3_826_002_220], // 0xe40c292c, as the draft's test vectors have it
    ["b", 1, 6, 3_876_335_077],
    ["account-1", 2, 1, 983_993_494],
    ["ä", 3, 1, 1_628_134_131],
    ["𝄞", 3, 5, 3_672_115_655],
  ])("assigns %j as it always has: checkpoints depend on it", (key, ofFour, ofSeven, hash) => {
    const assigned = [1, 4, 7, 2 ** 32].map((partitions) => partitionOf(key, partitions));
    expect(assigned).toEqual([0, ofFour, ofSeven, hash]);
  });

  it("spreads keys over all partitions evenly", () => {
    for (const partitions of [2, 3, 8, 16]) {
      const counts = Array.from({ length: partitions }, () => 0);
      for (let n = 0; n < 10_000; n++) counts[partitionOf(`user-${n}`, partitions)]!++;
      const fair = 10_000 / partitions;
      expect(Math.min(...counts)).toBeGreaterThan(fair * 0.8);
      expect(Math.max(...counts)).toBeLessThan(fair * 1.2);
    }
  });
});

describe("eventsOf", () => {
  const streams = ["a", "b", "c", "d", "untold", "passed over"];
  const events = streams.map(eventOf);

  it("gives each event that is not passed over to one partition, and what cannot be told to the first", () => {
    const parts = [0, 1, 2].map((partition) =>
      eventsOf(follower, events, { partition, partitions: 3 }).map(({ stream }) => stream),
    );
    expect(parts.flat().toSorted()).toEqual(["a", "b", "c", "d", "untold"]);
    expect(parts[0]).toContain("untold");
  });

  it("gives everything to the only partition", () => {
    expect(eventsOf(follower, events, { partition: 0, partitions: 1 })).toEqual(events);
  });

  it.each([7, null, "", "\u0000", "x".repeat(513)])(
    "gives an event to the first partition whose key is %j",
    (key) => {
      const odd: Follower = { ...follower, keyOf: () => key as string };
      const event = eventOf("a");
      expect(eventsOf(odd, [event], { partition: 0, partitions: 5 })).toEqual([event]);
      expect(eventsOf(odd, [event], { partition: 3, partitions: 5 })).toEqual([]);
    },
  );
});
