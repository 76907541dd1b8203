import type { MetricsRecord } from "../src/middleware/metrics.ts";
import type { CreateMetrics } from "./metrics-model.ts";

const FLAWS = [
  "forgets to count down after a failure",
  "counts up after the handler has begun",
  "counts down before the handler has ended",
  "takes the type from the message",
  "takes the kind for granted",
  "says ok whatever happens",
  "takes numbers for codes",
  "takes messages for codes",
  "measures from its own making",
  "measures from the last start",
  "records only what goes well",
  "records twice what fails",
  "tells of no start",
  "breaks when what it records to breaks",
  "swallows failures",
  "loses results",
] as const;
type Flaw = (typeof FLAWS)[number];

/** Metrics with `then` in the place of `await`, written without a look at the real ones, and what can be wrong about them. */
function plainMetrics(flaw?: Flaw): CreateMetrics {
  return ({ record, onStart, now = Date.now }) => {
    let inFlight = 0;
    const madeMs = now();
    let lastMs = 0;
    const safely = (tell: () => void): void => {
      try {
        tell();
      } catch (error) {
        if (flaw === "breaks when what it records to breaks") throw error;
      }
    };
    const metrics: ReturnType<CreateMetrics> = Object.assign(
      async (...[message, next, { contract }]: Parameters<ReturnType<CreateMetrics>>) => {
        const startMs = (lastMs = now());
        const type = flaw === "takes the type from the message" ? message.type : contract.type;
        const kind = flaw === "takes the kind for granted" ? "command" : contract.kind;
        const isLate = flaw === "counts up after the handler has begun";
        if (!isLate) inFlight++;
        if (flaw !== "tells of no start") safely(() => onStart?.({ kind, type }));
        const finish = (outcome: MetricsRecord["outcome"], code?: string): void => {
          const isLeft = flaw === "forgets to count down after a failure" && outcome === "failed";
          if (!isLeft && flaw !== "counts down before the handler has ended") inFlight--;
          if (flaw === "records only what goes well" && outcome === "failed") return;
          const fromMs =
            flaw === "measures from its own making"
              ? madeMs
              : flaw === "measures from the last start"
                ? lastMs
                : startMs;
          const told = flaw === "says ok whatever happens" ? "ok" : outcome;
          const times = flaw === "records twice what fails" && outcome === "failed" ? 2 : 1;
          for (let time = 0; time < times; time++) {
            safely(() =>
              record({
                kind,
                type,
                outcome: told,
                ...(code !== undefined && { code }),
                durationMs: now() - fromMs,
              }),
            );
          }
        };
        const running = (async () => next())();
        if (isLate) inFlight++;
        if (flaw === "counts down before the handler has ended") inFlight--;
        return running.then(
          (value) => {
            finish("ok");
            return flaw === "loses results" ? undefined : value;
          },
          (error: unknown) => {
            const { code, message: text } = Object(error) as { code?: unknown; message?: string };
            const isCode =
              typeof code === "string" ||
              (typeof code === "number" && flaw === "takes numbers for codes");
            finish(
              "failed",
              isCode ? String(code) : flaw === "takes messages for codes" ? text : undefined,
            );
            if (flaw !== "swallows failures") throw error;
          },
        );
      },
      { inFlight: 0 },
    );
    return Object.defineProperty(metrics, "inFlight", { get: () => inFlight });
  };
}

export const rightMetrics: CreateMetrics = plainMetrics();

export const wrongMetrics: Readonly<Record<string, CreateMetrics>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainMetrics(flaw)]),
);
