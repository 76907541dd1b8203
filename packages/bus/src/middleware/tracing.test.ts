import type { ContextManager } from "@opentelemetry/api";
import { ROOT_CONTEXT, context as active, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verdict } from "../../test/disagreement.ts";
import { rightTracing, wrongTracing } from "../../test/planted-tracing.ts";
import type { CreateTracing } from "../../test/tracing-model.ts";
import { tracesLikeTheCalls } from "../../test/tracing-model.ts";
import { CommandBus } from "../command-bus.ts";
import type { Context, Metadata } from "../context.ts";
import { command, event, query } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import { QueryBus } from "../query-bus.ts";
import { type } from "../standard-schema.ts";
import { tracing } from "./tracing.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const UserRegistered = event("UserRegistered", { payload: type<{ userId: string }>() });
const CreateUser = command("CreateUser", { payload: type<{ name: string }>() });
const CountUsers = query("CountUsers", { result: type<number>() });

function exported() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { exporter, tracer: provider.getTracer("test") };
}

afterEach(() => {
  active.disable();
});

describe("tracing", () => {
  it("makes spans like the calls, for any nesting, outcomes and parents", async () => {
    await fc.assert(tracesLikeTheCalls(tracing), { numRuns: 300 });
  });

  it("carries one trace from a command over its event to what reads the log later", async () => {
    const { exporter, tracer } = exported();
    const middleware = [tracing({ tracer })];
    const log: { readonly userId: string; readonly metadata: Metadata }[] = [];
    const events = new EventBus({ middleware });
    const queries = new QueryBus({ middleware }).register(CountUsers, () => log.length);
    events.subscribe(UserRegistered, async (_, context) => {
      await queries.dispatch(CountUsers(), context);
    });
    const commands = new CommandBus({ middleware }).register(CreateUser, async (_, context) => {
      log.push({ userId: "1", metadata: context.metadata });
      await events.publish(UserRegistered({ userId: "1" }), context);
    });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await commands.dispatch(CreateUser({ name: "Ada" }), {
      metadata: { correlationId: "request-7", traceparent },
    });
    // A projection has the metadata of the recorded event, and nothing else.
    const projections = new EventBus({ middleware });
    projections.subscribe(UserRegistered, () => {});
    for (const { userId, metadata } of log) {
      await projections.publish(UserRegistered({ userId }), { metadata });
    }

    const spans = exporter.getFinishedSpans();
    const nameOf = (spanId: string | undefined): string | undefined =>
      spans.find((each) => each.spanContext().spanId === spanId)?.name ?? spanId;
    expect(spans.map((each) => [each.name, nameOf(each.parentSpanContext?.spanId)])).toEqual([
      ["query CountUsers", "event UserRegistered"],
      ["event UserRegistered", "command CreateUser"],
      ["command CreateUser", "b7ad6b7169203331"],
      ["event UserRegistered", "command CreateUser"],
    ]);
    for (const each of spans) {
      expect(each.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
      expect(each.attributes["messaging.message.conversation_id"]).toBe("request-7");
    }
  });

  it("lies below the active span where there is no traceparent, and is the active one for what lies below", async () => {
    active.setGlobalContextManager(synchronousContexts());
    const { exporter, tracer } = exported();
    const outside = tracer.startSpan("POST /users");
    const commands = new CommandBus({ middleware: [tracing({ tracer })] });
    const open = commands.register(CreateUser, () => {
      tracer.startSpan("INSERT").end(); // as the instrumentation of a driver would
    });
    await active.with(trace.setSpan(ROOT_CONTEXT, outside), () =>
      open.dispatch(CreateUser({ name: "Ada" })),
    );
    const [insert, create] = exporter.getFinishedSpans();
    expect(create?.parentSpanContext?.spanId).toBe(outside.spanContext().spanId);
    expect(insert?.parentSpanContext?.spanId).toBe(create?.spanContext().spanId);
  });

  it("changes nothing when nobody traces", async () => {
    const seen: Context[] = [];
    const commands = new CommandBus({ middleware: [tracing({ tracer: trace.getTracer("none") })] });
    const open = commands.register(CreateUser, (_, context) => void seen.push(context));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await open.dispatch(CreateUser({ name: "Ada" }));
    await open.dispatch(CreateUser({ name: "Ada" }), { metadata: { traceparent } });
    expect(seen.map(({ metadata }) => metadata)).toEqual([{}, { traceparent }]);
  });

  it("needs a tracer", () => {
    expect(() => tracing({ tracer: vi.fn() as never })).toThrow(
      new TypeError("Expected tracing({ tracer }) to be a tracer of @opentelemetry/api."),
    );
  });
});

describe("the law of tracing", () => {
  const seeds = [12, 133, 1414];
  const verdicts = (create: CreateTracing): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(tracesLikeTheCalls(create), { seed, numRuns: 250 })));

  it.each(Object.entries({ tracing, "the plain one": rightTracing }))(
    "lets a right one pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongTracing))("kills one that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});

/** Keeps the active context for as long as a function runs, and no longer. */
function synchronousContexts(): ContextManager {
  let current = ROOT_CONTEXT;
  const manager: ContextManager = {
    active: () => current,
    with(next, run, self, ...args) {
      const outer = current;
      current = next;
      try {
        return run.call(self as never, ...args);
      } finally {
        current = outer;
      }
    },
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
