import { describe, expect, it } from "vitest";
import { LagSamples } from "./lag-samples.ts";

describe("LagSamples", () => {
  it("measures from the recording to the move that covers the event", () => {
    const samples = begun();
    samples.recorded([event(1, 100), event(2, 150), event(3, 400)]);
    samples.moved([move(2, 350)]);
    expect(samples.settle()).toEqual([250, 200]);
    samples.moved([move(2, 350), move(3, 900)]);
    expect(samples.settle()).toEqual([500]);
    expect(samples.settle()).toEqual([]);
  });

  it("takes the first move that covers an event, also when it hears of later ones at once", () => {
    const samples = begun();
    samples.moved([move(1, 110), move(2, 220), move(3, 330)]);
    samples.recorded([event(1, 100), event(2, 200), event(3, 300)]);
    expect(samples.settle()).toEqual([10, 20, 30]);
  });

  it("does not count moves that a rebuild made before the event was recorded", () => {
    const samples = begun();
    samples.moved([move(9, 50), move(5, 60), move(9, 70)]);
    samples.recorded([event(9, 65)]);
    expect(samples.settle()).toEqual([5]);
  });

  it("measures nothing that was in the log before it began", () => {
    const samples = new LagSamples();
    samples.begin(2);
    samples.recorded([event(1, 100), event(2, 150), event(3, 400)]);
    samples.moved([move(3, 450)]);
    expect(samples.settle()).toEqual([50]);
  });
});

function begun(): LagSamples {
  const samples = new LagSamples();
  samples.begin(0);
  return samples;
}

function event(position: number, recordedAtMs: number) {
  return { position, recordedAt: new Date(recordedAtMs).toISOString() };
}

function move(position: number, at_ms: number) {
  return { position, at_ms };
}
