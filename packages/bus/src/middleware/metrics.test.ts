import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { verdict } from "../../test/disagreement.ts";
import type { CreateMetrics } from "../../test/metrics-model.ts";
import { countsLikeTheModel } from "../../test/metrics-model.ts";
import { rightMetrics, wrongMetrics } from "../../test/planted-metrics.ts";
import { BusError } from "../bus-error.ts";
import { CommandBus } from "../command-bus.ts";
import { command, event } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import { type } from "../standard-schema.ts";
import { authorize } from "./authorize.ts";
import { metrics } from "./metrics.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const Do = command("Do", { payload: type<string>() });

beforeEach(() => {
  vi.spyOn(console, "error").mockReset();
});

describe("metrics", () => {
  it("counts like the model, for any order of starts and ends", async () => {
    await fc.assert(countsLikeTheModel(metrics), { numRuns: 300 });
  });

  it("tells by its code what another middleware has refused", async () => {
    const record = vi.fn();
    const middleware = [metrics({ record, now: () => 0 }), authorize(() => false)];
    const bus = new CommandBus({ middleware }).register(Do, () => {});
    await expect(bus.dispatch(Do("x"))).rejects.toThrow(BusError);
    expect(record.mock.calls).toEqual([
      [{ kind: "command", type: "Do", outcome: "failed", code: "FORBIDDEN", durationMs: 0 }],
    ]);
  });

  it("counts each subscriber of an event", async () => {
    const Happened = event("Happened");
    const record = vi.fn();
    const measured = metrics({ record });
    const bus = new EventBus({ middleware: [measured] });
    let finish: (value?: void) => void = () => {};
    bus.subscribe(Happened, () => {});
    bus.subscribe(Happened, () => new Promise((resolve) => (finish = resolve)));
    const published = bus.publish(Happened());
    await vi.waitUntil(() => record.mock.calls.length === 1);
    expect(measured.inFlight).toBe(1);
    finish();
    await published;
    expect([record.mock.calls.length, measured.inFlight]).toEqual([2, 0]);
  });

  it("says on the console what the registry did not take", async () => {
    const broken = new Error("unknown label");
    const record = (): never => {
      throw broken;
    };
    const bus = new CommandBus({ middleware: [metrics({ record })] }).register(Do, () => {});
    await bus.dispatch(Do("x"));
    expect(vi.mocked(console.error).mock.calls).toEqual([
      ["The metrics refused command Do:", broken],
    ]);
  });

  it("feeds a Prometheus registry as its documentation shows", async () => {
    const samples: string[] = [];
    const write = (name: string) => (labels: object, value?: number) =>
      void samples.push([name, ...Object.values(labels), value ?? ""].join(" ").trim());
    const inFlight = { inc: write("inc"), dec: write("dec") };
    const duration = { observe: write("observe") };
    let nowMs = 0;
    const measured = metrics({
      now: () => nowMs,
      onStart: ({ kind, type }) => inFlight.inc({ kind, type }),
      record: ({ kind, type, outcome, code = "", durationMs }) => {
        inFlight.dec({ kind, type });
        duration.observe({ kind, type, outcome, code }, durationMs / 1_000);
      },
    });
    const bus = new CommandBus({ middleware: [measured] });
    await bus.register(Do, () => void (nowMs += 250)).dispatch(Do("x"));
    expect(samples).toEqual(["inc command Do", "dec command Do", "observe command Do ok  0.25"]);
  });

  it("needs something to record to", () => {
    expect(() => metrics({} as never)).toThrow(
      new TypeError("Expected metrics({ record }) to be a function, got undefined."),
    );
  });
});

describe("the law of metrics", () => {
  const seeds = [11, 122, 1313];
  const verdicts = (create: CreateMetrics): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(countsLikeTheModel(create), { seed, numRuns: 200 })));

  it.each(Object.entries({ metrics, "the plain ones": rightMetrics }))(
    "lets right ones pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongMetrics))("kills some that: %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
