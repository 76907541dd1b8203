import { describe, expect, it } from "vitest";
import type { RecordedEvent } from "./recorded-event.ts";
import { isEventStoreError } from "./event-store-error.ts";
import { namingUpcaster, upcasters } from "./upcasting.ts";

const stored: RecordedEvent = {
  type: "UserRegistered",
  payload: { name: "Ada" },
  stream: "user-1",
  version: 1,
  position: 1,
  recordedAt: new Date(0),
  metadata: { id: "1" },
};

describe("upcasters", () => {
  it("replace the payload and nothing else, and leave the original alone", () => {
    const upcast = upcasters({
      UserRegistered: (payload: object, { version }) => ({ email: null, ...payload, version }),
    });
    expect(upcast(stored)).toEqual({
      ...stored,
      payload: { email: null, name: "Ada", version: 1 },
    });
    expect(stored.payload).toEqual({ name: "Ada" });
  });

  it("pass types without a function, whatever they are called", () => {
    const upcast = upcasters({ Other: () => "never" });
    for (const type of ["UserRegistered", "toString", "__proto__", "constructor"]) {
      const event = { ...stored, type };
      expect(upcast(event)).toBe(event);
    }
  });
});

describe("namingUpcaster", () => {
  it("hands out what the upcaster makes", () => {
    const upcast = namingUpcaster(upcasters({ UserRegistered: () => "new" }));
    expect(upcast(stored)).toEqual({ ...stored, payload: "new" });
  });

  it("names the event that the upcaster fails on, as it was recorded, and says why", () => {
    const cause = new Error("no such form");
    const upcast = namingUpcaster(() => {
      throw cause;
    });
    expect(() => upcast(stored)).toThrow(
      "UserRegistered, version 1 of user-1, cannot be upcast: no such form",
    );
    expect(() => upcast(stored)).toThrow(
      expect.toSatisfy(
        (error: unknown) =>
          isEventStoreError(error, "UPCAST_FAILED") &&
          error.cause === cause &&
          error.details["event"] === stored,
      ),
    );
  });
});
