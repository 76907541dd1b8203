import { describe, expect, it, vi } from "vitest";
import { CommandBus } from "./command-bus.ts";
import { command, event } from "./contract.ts";
import { EventBus } from "./event-bus.ts";
import { type } from "./standard-schema.ts";

const Happened = event("Happened", { payload: type<number>() });
const Followed = event("Followed", { payload: type<number>() });

describe("EventBus.publish", () => {
  it("calls every subscriber of exactly this type with the payload", async () => {
    const bus = new EventBus();
    const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()];
    bus.subscribe(Happened, first);
    bus.subscribe(Happened, second);
    bus.subscribe(event("happened", { payload: type<number>() }), other);
    await bus.publish(Happened(1));
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
    expect(first.mock.calls[0]?.[0]).toBe(1);
    expect(other).not.toHaveBeenCalled();
  });

  it("resolves where nobody listens", async () => {
    await expect(new EventBus().publish(Happened(1))).resolves.toBeUndefined();
  });

  it("calls a function as often as it was subscribed", async () => {
    const bus = new EventBus();
    const subscriber = vi.fn();
    bus.subscribe(Happened, subscriber);
    const leave = bus.subscribe(Happened, subscriber);
    await bus.publish(Happened(1));
    leave();
    await bus.publish(Happened(2));
    expect(subscriber).toHaveBeenCalledTimes(3);
  });

  it("names in one AggregateError how many failed, with their errors in the order of subscription", async () => {
    const bus = new EventBus();
    const errors = [new Error("late"), new Error("early"), undefined];
    bus.subscribe(Happened, async () => {
      await Promise.resolve();
      throw errors[0];
    });
    bus.subscribe(Happened, () => {});
    bus.subscribe(Happened, () => {
      throw errors[1];
    });
    bus.subscribe(Happened, () => Promise.reject(errors[2]));
    const failure: unknown = await bus.publish(Happened(1)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AggregateError);
    expect((failure as AggregateError).message).toBe("3 of 4 subscribers of Happened failed");
    expect((failure as AggregateError).errors).toEqual(errors);
    expect((failure as AggregateError).errors[0]).toBe(errors[0]);
  });

  it("awaits whatever can be awaited, and once, however badly it behaves", async () => {
    const bus = new EventBus();
    const twice = {
      then: (resolve: () => void, reject: (error: unknown) => void) => {
        resolve();
        resolve();
        reject("too late");
      },
    };
    const hostile = {
      get then(): never {
        throw "no then";
      },
    };
    const callable = Object.assign(() => {}, {
      then: (_: unknown, reject: (error: unknown) => void) => reject("a function refused"),
    });
    for (const answer of [twice, hostile, callable]) {
      bus.subscribe(Happened, () => answer as never); // not what the types ask for
    }
    for (const n of [1, 2]) {
      const failure = await bus.publish(Happened(n)).catch((error: unknown) => error);
      expect((failure as AggregateError).errors).toEqual(["no then", "a function refused"]);
    }
  });

  it("refuses what is no message, as a rejection", async () => {
    const bus = new EventBus();
    for (const [message, got] of [
      [undefined, "undefined"],
      [null, "null"],
      ["Happened", "string"],
      [Happened, "function"],
      [{ type: ["Happened"] }, "{ type: object }"],
    ] as const) {
      await expect(bus.publish(message as never)).rejects.toMatchObject({
        code: "INVALID_MESSAGE",
        message: `Expected a message { type: string, payload }, got ${got}. Call a contract to make one.`,
      });
    }
  });

  it("turns what a message throws when it is read into a rejection", async () => {
    const error = new Error("no type today");
    const message = {
      get type(): never {
        throw error;
      },
    };
    await expect(new EventBus().publish(message as never)).rejects.toBe(error);
    await expect(new CommandBus().dispatch(message as never)).rejects.toBe(error);
  });
});

describe("EventBus.subscribe", () => {
  it("leaves at the end of a using block", async () => {
    const bus = new EventBus();
    const subscriber = vi.fn();
    {
      using _ = bus.subscribe(Happened, subscriber);
      await bus.publish(Happened(1));
    }
    await bus.publish(Happened(2));
    expect(subscriber.mock.calls.map(([payload]: unknown[]) => payload)).toEqual([1]);
  });

  it("leaves once, however often it is told to", async () => {
    const bus = new EventBus();
    const subscriber = vi.fn();
    const leave = bus.subscribe(Happened, () => {});
    bus.subscribe(Happened, subscriber);
    leave();
    leave();
    leave[Symbol.dispose]();
    await bus.publish(Happened(1));
    expect(subscriber).toHaveBeenCalledTimes(1);
  });

  it("lets a subscriber take out a later one while an event is being handed out", async () => {
    const bus = new EventBus();
    const later = vi.fn();
    bus.subscribe(Happened, () => leave());
    const leave = bus.subscribe(Happened, later);
    await bus.publish(Happened(1));
    expect(later).not.toHaveBeenCalled();
  });

  it("lets a subscriber take itself out", async () => {
    const bus = new EventBus();
    const subscriber = vi.fn(() => leave());
    const leave = bus.subscribe(Happened, subscriber);
    await bus.publish(Happened(1));
    await bus.publish(Happened(2));
    expect(subscriber).toHaveBeenCalledTimes(1);
  });

  it("does not hand the event under way to who joins because of it", async () => {
    const bus = new EventBus();
    const late = vi.fn();
    bus.subscribe(Happened, (payload) => {
      if (payload === 1) bus.subscribe(Happened, late);
    });
    await bus.publish(Happened(1));
    expect(late).not.toHaveBeenCalled();
    await bus.publish(Happened(2));
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("no longer keeps a publisher waiting for who has left, even behind a call that never ends", async () => {
    const bus = new EventBus();
    const seen: number[] = [];
    const leave = bus.subscribe(Happened, (payload) => {
      seen.push(payload);
      return new Promise(() => {});
    });
    void bus.publish(Happened(1));
    const waiting = bus.publish(Happened(2));
    leave();
    await waiting;
    expect(seen).toEqual([1]);
  });

  it("refuses a contract of another kind, and a subscriber that is no function", () => {
    const bus = new EventBus();
    expect(() => bus.subscribe(command("Do") as never, () => {})).toThrow(
      new TypeError("Expected a contract made by event(…), got the command Do."),
    );
    expect(() => bus.subscribe(Happened, undefined as never)).toThrow(
      new TypeError("Expected the handler of Happened to be a function, got undefined."),
    );
  });
});

describe("EventBus and subscribers that publish", () => {
  it("hands what a subscriber publishes to everybody after the event that it is busy with", async () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.subscribe(Happened, (n) => {
      seen.push(`first ${n}`);
      if (n === 1) void bus.publish(Happened(2));
    });
    bus.subscribe(Happened, (n) => void seen.push(`second ${n}`));
    await bus.publish(Happened(1));
    expect(seen).toEqual(["first 1", "second 1", "first 2", "second 2"]);
  });

  it("does not grow the stack when two types answer each other", async () => {
    const bus = new EventBus();
    let count = 0;
    bus.subscribe(Happened, (n) => {
      if (n > 0) void bus.publish(Followed(n - 1));
    });
    bus.subscribe(Followed, (n) => {
      count++;
      if (n > 0) void bus.publish(Happened(n - 1));
    });
    await bus.publish(Happened(100_001));
    expect(count).toBe(50_001);
  });
});

describe("a flood of 100,000 events", () => {
  /** Publishes without awaiting; the first event keeps the subscriber busy, so that the others have to wait. */
  async function flood(publish: (n: number) => unknown, firstBegan: () => void): Promise<void> {
    for (let n = 0; n < 100_000; n++) void publish(n);
    firstBegan();
    await publish(100_000);
  }

  it("does not overflow the stack, neither at once nor after a wait, and keeps its order", async () => {
    for (const blocks of [false, true]) {
      const bus = new EventBus();
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => (release = resolve));
      const seen: number[] = [];
      bus.subscribe(Happened, (n) => {
        seen.push(n);
        return blocks && n === 0 ? gate : undefined;
      });
      await flood((n) => bus.publish(Happened(n)), release);
      expect(seen.length).toBe(100_001);
      expect(seen.every((n, index) => n === index)).toBe(true);
    }
  });

  it("overflows the stack of a bus that works off its queue by recursion", async () => {
    const queue: number[] = [];
    const seen: number[] = [];
    const drain = (): void => {
      const next = queue.shift();
      if (next === undefined) return;
      seen.push(next);
      drain();
    };
    await expect(flood((n) => queue.push(n), drain)).rejects.toThrow(RangeError);
  });
});
