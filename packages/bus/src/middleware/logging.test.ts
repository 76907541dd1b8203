import { afterEach, describe, expect, it, vi } from "vitest";
import { CommandBus } from "../command-bus.ts";
import { command, event } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import { type } from "../standard-schema.ts";
import type { LogRecord } from "./logging.ts";
import { logging } from "./logging.ts";

const Do = command("Do", { payload: type<string>(), result: type<string>() });
const metadata = { correlationId: "c" };

/** A clock that says 100, 107, 114 … */
function ticking(): () => number {
  let next = 93;
  return () => (next += 7);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("logging", () => {
  it("records type, kind, outcome, duration and metadata, and leaves the payload out", async () => {
    const records: LogRecord[] = [];
    const log = (record: LogRecord): void => void records.push(record);
    const bus = new CommandBus({ middleware: [logging({ log, now: ticking() })] });
    const answer = bus.register(Do, async () => "done").dispatch(Do("secret"), { metadata });
    expect(records).toEqual([]);
    await expect(answer).resolves.toBe("done");
    expect(records).toEqual([
      { type: "Do", kind: "command", outcome: "ok", durationMs: 7, metadata },
    ]);
  });

  it.each<[string, (error: Error) => Promise<string>]>([
    [
      "throws",
      (error) => {
        throw error;
      },
    ],
    ["rejects", (error) => Promise.reject(error)],
  ])("records the error when a handler %s, and passes it on unchanged", async (_, fail) => {
    const error = new Error("taken");
    const log = vi.fn();
    const bus = new CommandBus({ middleware: [logging({ log, now: ticking() })] });
    await expect(bus.register(Do, () => fail(error)).dispatch(Do("x"))).rejects.toBe(error);
    expect(log.mock.calls).toEqual([
      [{ type: "Do", kind: "command", outcome: "failed", durationMs: 7, metadata: {}, error }],
    ]);
  });

  it("records each subscriber of an event", async () => {
    const Happened = event("Happened");
    const log = vi.fn();
    const bus = new EventBus({ middleware: [logging({ log })] });
    bus.subscribe(Happened, () => {});
    bus.subscribe(Happened, () => Promise.reject(new Error("no")));
    await expect(bus.publish(Happened())).rejects.toThrow(AggregateError);
    expect(log.mock.calls.map(([record]: LogRecord[]) => [record?.kind, record?.outcome])).toEqual([
      ["event", "ok"],
      ["event", "failed"],
    ]);
  });

  it("does not let a broken log change the outcome, and says so on the console", async () => {
    const broken = new Error("disk full");
    const complaint = vi.spyOn(console, "error").mockReturnValue();
    const log = (): never => {
      throw broken;
    };
    const error = new Error("taken");
    const bus = new CommandBus({ middleware: [logging({ log })] }).register(Do, (how) => {
      if (how === "fail") throw error;
      return "done";
    });
    await expect(bus.dispatch(Do("work"))).resolves.toBe("done");
    await expect(bus.dispatch(Do("fail"))).rejects.toBe(error);
    expect(complaint.mock.calls).toEqual(
      Array(2).fill(["The log refused command Do:", broken]), // one for each message
    );
  });

  it("writes one line on the console when nothing else is asked for", async () => {
    const info = vi.spyOn(console, "info").mockReturnValue();
    const failure = vi.spyOn(console, "error").mockReturnValue();
    const error = new Error("taken");
    const bus = new CommandBus({ middleware: [logging({ now: ticking() })] }).register(
      Do,
      (how) => {
        if (how === "fail") throw error;
        return "done";
      },
    );
    await bus.dispatch(Do("work"));
    await bus.dispatch(Do("fail")).catch(() => {});
    expect(info.mock.calls).toEqual([["command Do ok 7.0 ms"]]);
    expect(failure.mock.calls).toEqual([["command Do failed 7.0 ms", error]]);
  });
});
