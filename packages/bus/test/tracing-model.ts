import type { Tracer } from "@opentelemetry/api";
import { ROOT_CONTEXT, SpanStatusCode, isSpanContextValid, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import fc from "fast-check";
import type { AnyContract, Context, Metadata, Middleware } from "../src/index.ts";
import { command, event, query } from "../src/index.ts";
import { agree, show } from "./disagreement.ts";

export type CreateTracing = (options: { readonly tracer: Tracer }) => Middleware;

const CONTRACTS: readonly AnyContract[] = [command("Do"), query("Ask"), event("Happened")];

const hex = (length: number): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.string({
        unit: fc.constantFrom(...Array.from("0123456789abcdef")),
        minLength: length,
        maxLength: length,
      }),
    },
    { weight: 1, arbitrary: fc.constant("0".repeat(length)) },
    { weight: 1, arbitrary: fc.constant("A".repeat(length)) },
    { weight: 1, arbitrary: fc.constant("a".repeat(length - 1)) },
    { weight: 1, arbitrary: fc.constant("a".repeat(length + 1)) },
    { weight: 1, arbitrary: fc.constant(`${"a".repeat(length - 1)}g`) },
  );

/** Headers that are right, nearly right, and nothing of the kind. */
const traceparent: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, "", 7, null, {}, "00") },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom("00", "00", "00", "00", "01", "cc", "ff", "0", "0g"),
        hex(32),
        hex(16),
        fc.constantFrom("00", "01", "01", "03", "1", "zz"),
        fc.constantFrom("", "", "", "", "-", "-more", "more"),
        fc.constantFrom("", "", "", "", "", " ", "\n"),
      )
      .map(
        ([version, trace, span, flags, rest, end]) =>
          `${version}-${trace}-${span}-${flags}${rest}${end}`,
      ),
  },
);

/** A message and what its handler dispatches in turn. */
interface Call {
  readonly contract: number;
  readonly correlationId: string | undefined;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly calls: readonly Call[];
}

const OUTCOMES = [
  { is: "ok" },
  { is: "ok" },
  { is: "ok" },
  { is: "failed", error: new TypeError("wrong"), type: "TypeError", text: "wrong" },
  {
    is: "failed",
    error: Object.assign(new Error("taken"), { code: "TAKEN" }),
    type: "TAKEN",
    text: "taken",
  },
  { is: "failed", error: "a text", type: "string", text: "a text" },
  { is: "failed", error: Object.create(null), type: "object", text: "object" },
] as const;

const calls: fc.Memo<Call> = fc.memo((depth) =>
  fc.record({
    contract: fc.nat({ max: CONTRACTS.length - 1 }),
    correlationId: fc.option(fc.constantFrom("c1", "c2"), { nil: undefined, freq: 2 }),
    outcome: fc.constantFrom(...OUTCOMES),
    calls: depth > 1 ? fc.array(calls(depth - 1), { maxLength: 2 }) : fc.constant([]),
  }),
);

/** The law of tracing: the spans form the very tree that the calls form, below whatever valid parent came from outside. */
export function tracesLikeTheCalls(create: CreateTracing): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(calls(3), traceparent, async (root, given) => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const real = provider.getTracer("test");
    /** The first one, since it may be wrapped on its way through the layers. */
    let disagreement: unknown;
    const hold: typeof agree = (holds, law) => {
      try {
        agree(holds, law);
      } catch (error) {
        disagreement ??= error;
        throw error;
      }
    };
    const tracing = create({
      tracer: {
        ...real,
        startSpan(name, options, around = ROOT_CONTEXT) {
          const parent = trace.getSpanContext(around);
          hold(
            !parent || isSpanContextValid(parent),
            () => `a parent that is none: ${show(parent)}`,
          );
          return real.startSpan(name, options, around);
        },
      } as Tracer, // nobody here calls the other methods
    });
    const expected: string[] = [];
    const sampled = parse(given)?.sampled ?? true;

    const perform = async (one: Call, metadata: Metadata): Promise<unknown> => {
      const contract = CONTRACTS[one.contract]!; // in range
      const carried: Metadata = {
        ...metadata,
        actor: "ada",
        tracestate: "a=b",
        ...(one.correlationId !== undefined && { correlationId: one.correlationId }),
      };
      const context: Context = {
        contract,
        metadata: carried,
        signal: undefined,
        deadlineAtMs: undefined,
      };
      const message = { type: contract.type, payload: "secret" };
      const parent = parse(metadata["traceparent"]);
      const next = async (_: unknown, below: Context = context): Promise<unknown> => {
        const own = parse(below.metadata["traceparent"]);
        const kept = { ...below.metadata, traceparent: carried["traceparent"] };
        hold(
          show(kept) === show({ ...carried, traceparent: carried["traceparent"] }),
          () => `the metadata became ${show(below.metadata)}`,
        );
        hold(
          own !== undefined && own.span !== parent?.span,
          () => `below, traceparent is ${show(below.metadata["traceparent"])}`,
        );
        hold(own?.sampled === sampled, () => `sampled is ${own.sampled} below ${show(given)}`);
        hold(
          parent === undefined || own?.trace === parent.trace,
          () => `the trace of ${show(given)} was left`,
        );
        hold(metadata["traceparent"] === carried["traceparent"], () => `what came in was changed`);
        const { is } = one.outcome;
        const status =
          is === "ok"
            ? [SpanStatusCode.UNSET, undefined]
            : [SpanStatusCode.ERROR, one.outcome.text];
        const correlation = carried.correlationId;
        expected.push(
          show([
            `${contract.kind} ${contract.type}`,
            [own?.trace, own?.span, parent?.span],
            status,
            {
              "messaging.system": "counterpoint",
              "messaging.operation.name": contract.kind,
              "messaging.destination.name": contract.type,
              "messaging.message.conversation_id": correlation,
              "error.type": is === "ok" ? undefined : one.outcome.type,
            },
            is === "ok" ? [] : [one.outcome.text],
          ]),
        );
        for (const inner of one.calls) await perform(inner, below.metadata);
        if (is === "failed") throw one.outcome.error;
        return "done";
      };
      const got = await (async () => tracing(message, next, context))().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      const right =
        one.outcome.is === "ok"
          ? "value" in got && got.value === "done"
          : "error" in got && got.error === one.outcome.error;
      hold(right, () => `${show(got)} in the place of ${show(one.outcome)}`);
      return undefined;
    };
    await perform(root, given === undefined ? {} : { traceparent: given }).catch(
      (error: unknown) => {
        disagreement ??= error;
      },
    );
    if (disagreement) throw disagreement;

    const spans = exporter.getFinishedSpans().map((span) => {
      const { attributes } = span;
      const named = (name: string): unknown => attributes[name];
      const known = [
        "messaging.system",
        "messaging.operation.name",
        "messaging.destination.name",
        "messaging.message.conversation_id",
        "error.type",
      ];
      agree(
        Object.keys(attributes).every((name) => known.includes(name)),
        () => `attributes ${show(attributes)}`,
      );
      return show([
        span.name,
        [span.spanContext().traceId, span.spanContext().spanId, span.parentSpanContext?.spanId],
        [span.status.code, span.status.message],
        Object.fromEntries(known.map((name) => [name, named(name)])),
        span.events.map(({ attributes: about = {} }) => about["exception.message"]),
      ]);
    });
    const foretold = sampled ? expected : [];
    agree(
      show(spans.toSorted()) === show(foretold.toSorted()),
      () => `${spans.join("\n")}\nin the place of\n${foretold.join("\n")}\nbelow ${show(given)}`,
    );
  });
}

/** W3C Trace Context, part by part. */
function parse(header: unknown) {
  if (typeof header !== "string") return undefined;
  const [version = "", trace = "", span = "", flags = "", ...rest] = header.split("-");
  const isHex = (text: string, length: number): boolean =>
    text.length === length && Array.from(text).every((each) => "0123456789abcdef".includes(each));
  const isRight =
    isHex(version, 2) &&
    version !== "ff" &&
    isHex(trace, 32) &&
    /[^0]/.test(trace) &&
    isHex(span, 16) &&
    /[^0]/.test(span) &&
    isHex(flags, 2) &&
    (version !== "00" || rest.length === 0) &&
    !header.includes("\n");
  return isRight ? { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 } : undefined;
}
