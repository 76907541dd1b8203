import type { AnyContract } from "../contract.ts";
import type { Middleware } from "../middleware.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";

/** What began. */
export interface MetricsStart {
  readonly kind: AnyContract["kind"];
  /** The type of the contract: of these there are as many as routes, whatever messages arrive. */
  readonly type: string;
}

/** What ended, and how. */
export interface MetricsRecord extends MetricsStart {
  readonly outcome: "ok" | "failed";
  /** The `code` of the error, where that is a text. */
  readonly code?: string;
  readonly durationMs: number;
}

export interface MetricsOptions {
  /** Takes each record. What it throws is reported on the console and changes no outcome. */
  readonly record: (record: MetricsRecord) => void;
  /** Hears of each message before it is handled; each start is followed by one record. What it throws: as above. */
  readonly onStart?: (start: MetricsStart) => void;
  /** Reads a clock in milliseconds, of any origin. Default `performance.now`. */
  readonly now?: () => number;
}

/** A middleware that counts what is under way. */
export interface Metrics extends Middleware {
  /** Messages that have begun and not ended; on an event bus, one for each subscriber. */
  readonly inFlight: number;
}

/**
 * Measures every message: how many, how long, how they end, and how many are under way. Results and errors pass unchanged.
 *
 * Nothing of a message but its type becomes a label, so the number of time series stays that of the routes. Place it
 * outermost, to see what others refuse; below `cache`, to see what is read.
 *
 * @throws {TypeError} When `record` is no function, or another option unknown or of another type.
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { metrics } from "@counterpoint/bus/metrics";
 * import { Gauge, Histogram } from "prom-client";
 *
 * const labelNames = ["kind", "type", "outcome", "code"];
 * const duration = new Histogram({ name: "message_duration_seconds", help: "…", labelNames });
 * const inFlight = new Gauge({ name: "messages_in_flight", help: "…", labelNames: ["kind", "type"] });
 * const measured = metrics({
 *   onStart: ({ kind, type }) => inFlight.inc({ kind, type }),
 *   record: ({ kind, type, outcome, code = "", durationMs }) => {
 *     inFlight.dec({ kind, type });
 *     duration.observe({ kind, type, outcome, code }, durationMs / 1_000);
 *   },
 * });
 * const commands = new CommandBus({ middleware: [measured] });
 * ```
 */
export function metrics(options: MetricsOptions): Metrics {
  const { record, onStart, now = () => performance.now() } = optionsOf("metrics", options, KINDS);
  if (typeof record !== "function") {
    throw new TypeError(`Expected metrics({ record }) to be a function, got ${typeof record}.`);
  }
  let inFlight = 0;
  const report = <T extends MetricsStart>(tell: (what: T) => void, what: T): void => {
    try {
      tell(what);
    } catch (error) {
      console.error(`The metrics refused ${what.kind} ${what.type}:`, error);
    }
  };
  const metrics: Middleware = async (_, next, { contract: { kind, type } }) => {
    const startedAt = now();
    inFlight++;
    if (onStart) report(onStart, { kind, type });
    const end = (how: Pick<MetricsRecord, "outcome" | "code">): void => {
      inFlight--;
      report(record, { kind, type, ...how, durationMs: now() - startedAt });
    };
    let result: unknown;
    try {
      result = await next();
    } catch (error) {
      end({ outcome: "failed", ...codeOf(error) });
      throw error;
    }
    end({ outcome: "ok" });
    return result;
  };
  return Object.defineProperty(metrics, "inFlight", { get: () => inFlight }) as Metrics; // with it
}

const KINDS: Kinds<MetricsOptions> = { record: "function", onStart: "function", now: "function" };

function codeOf(error: unknown): { readonly code?: string } {
  const { code } = Object(error) as { readonly code?: unknown }; // any value may be asked then
  return typeof code === "string" ? { code } : {};
}
