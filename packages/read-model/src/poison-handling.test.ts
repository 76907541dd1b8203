import type { RecordedEvent } from "@counterpoint/events";
import { describe, expect, it } from "vitest";
import { PoisonHandling } from "./poison-handling.ts";
import { ReadModelError } from "./read-model-error.ts";

const failure = new ReadModelError("HANDLER_FAILED", "out of ink");

function eventAt(position: number): RecordedEvent {
  const recordedAt = new Date(0);
  return {
    type: "T",
    payload: 1,
    stream: "s",
    version: 1,
    position,
    recordedAt,
    metadata: { id: "" },
  };
}

describe("PoisonHandling", () => {
  it("retries as often as it should, then does what the policy says", () => {
    for (const [poison, last] of [
      ["stop", { act: "halt", reason: "out of ink" }],
      ["park", { act: "set aside", poison: { attempts: 3, policy: "park" } }],
      ["skip", { act: "set aside", poison: { attempts: 3, policy: "skip" } }],
    ] as const) {
      const handling = new PoisonHandling({ poison, retries: 2 });
      const verdicts = [1, 2, 3].map(() => handling.verdictOn(eventAt(7), failure));
      expect(verdicts).toMatchObject([
        { act: "retry", attempts: 1 },
        { act: "retry", attempts: 2 },
        last,
      ]);
    }
  });

  it("counts one event at a time, and begins anew when it is told to forget", () => {
    const handling = new PoisonHandling({ poison: "stop", retries: 1 });
    expect(handling.verdictOn(eventAt(1), failure).act).toBe("retry");
    expect(handling.verdictOn(eventAt(2), failure).act).toBe("retry");
    expect(handling.verdictOn(eventAt(1), failure).act).toBe("retry");
    handling.forget();
    expect(handling.verdictOn(eventAt(1), failure).act).toBe("retry");
    expect(handling.verdictOn(eventAt(1), failure).act).toBe("halt");
  });
});
