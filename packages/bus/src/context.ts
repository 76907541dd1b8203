import { BusError } from "./bus-error.ts";
import type { AnyContract } from "./contract.ts";

/** Says who asked and on account of what. Further keys are the application's own. */
export interface Metadata {
  /** Ties together everything that one request from outside set off. */
  readonly correlationId?: string;
  /** The id of the message that caused this one. */
  readonly causationId?: string;
  /** The id of whoever is responsible. */
  readonly actor?: string;
  readonly [key: string]: unknown;
}

/** What a caller may send along with a message. A handler's `Context` fits, so nested dispatches hand theirs on. */
export interface DispatchOptions {
  readonly metadata?: Metadata | undefined;
  /** Aborted already, it rejects with `ABORTED` and nothing begins; afterwards handlers watch it themselves. */
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds after which nobody waits for the answer any more. Past already, it rejects with `DEADLINE_EXCEEDED`. */
  readonly deadlineAtMs?: number | undefined;
}

/** What handlers and middlewares receive beside the message. */
export interface Context {
  /** The contract under which the route was registered. */
  readonly contract: AnyContract;
  /** `{}` when the caller gave none. */
  readonly metadata: Metadata;
  readonly signal: AbortSignal | undefined;
  readonly deadlineAtMs: number | undefined;
}

/** Makes the context of a dispatch without options; made once per route, so that it costs nothing per dispatch. */
export function contextOf(contract: AnyContract): Context {
  return Object.freeze(contextWith({}, contract, Date.now)); // the clock is not asked
}

/**
 * @throws {BusError} `ABORTED` or `DEADLINE_EXCEEDED` when it is too late to begin.
 * @throws {RangeError} When `deadlineAtMs` is not a finite number.
 */
export function contextWith(
  options: DispatchOptions,
  contract: AnyContract,
  now: () => number,
): Context {
  const { metadata = NO_METADATA, signal, deadlineAtMs } = options;
  if (signal?.aborted) {
    throw new BusError("ABORTED", `${contract.type} was aborted before it began.`, {
      cause: signal.reason,
    });
  }
  if (deadlineAtMs !== undefined) {
    if (!Number.isFinite(deadlineAtMs)) {
      throw new RangeError(`Expected deadlineAtMs in epoch milliseconds, got ${deadlineAtMs}.`);
    }
    const lateMs = now() - deadlineAtMs;
    if (lateMs > 0) {
      throw new BusError(
        "DEADLINE_EXCEEDED",
        `${contract.type} arrived ${lateMs} ms after its deadline and was not begun.`,
        { details: { deadlineAtMs, lateMs } },
      );
    }
  }
  return { contract, metadata, signal, deadlineAtMs };
}

const NO_METADATA: Metadata = Object.freeze({});
