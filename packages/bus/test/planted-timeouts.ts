import type { Middleware } from "../src/index.ts";
import { BusError } from "../src/index.ts";
import type { TimeoutOptions } from "../src/middleware/timeout.ts";
import type { CreateTimeout } from "./timeout-model.ts";

type Flaw =
  | "takes the later of two limits"
  | "ignores the deadline of the message"
  | "ignores its own limit"
  | "ignores the caller's signal"
  | "begins what is aborted"
  | "begins what is late"
  | "never aborts below"
  | "aborts below for a reason of its own"
  | "aborts below when all went well"
  | "hands down the caller's signal"
  | "hands down no deadline"
  | "hands down its own limit as the deadline"
  | "waits for the handler after the end"
  | "believes a timer that fires early"
  | "leaves its timer"
  | "leaves its listener"
  | "forgets the cause"
  | "calls an abort a timeout"
  | "answers with nothing in the place of a failure"
  | "wraps what has no limit";

/** A timeout written with a race and without a look at the real one, and what can be wrong about it. */
function plainTimeout(flaw?: Flaw): CreateTimeout {
  return ({ ms = Infinity, now = Date.now, after }: TimeoutOptions): Middleware =>
    (message, next, context) => {
      const caller = flaw === "ignores the caller's signal" ? undefined : context.signal;
      const limits = [
        flaw === "ignores its own limit" ? Infinity : now() + ms,
        flaw === "ignores the deadline of the message"
          ? Infinity
          : (context.deadlineAtMs ?? Infinity),
      ].filter((limit) => limit < Infinity);
      const deadlineAtMs =
        flaw === "takes the later of two limits"
          ? Math.max(-Infinity, ...limits)
          : Math.min(...limits);
      const isLimited = Number.isFinite(deadlineAtMs);
      if (!isLimited && !caller && flaw !== "wraps what has no limit") return next();

      const own = new AbortController();
      const undo: (() => void)[] = [];
      const end = new Promise<never>((_, reject) => {
        const stop = (error: BusError, reason: unknown): void => {
          reject(error);
          if (flaw === "never aborts below") return;
          own.abort(flaw === "aborts below for a reason of its own" ? new Error("over") : reason);
        };
        const abort = (): void => {
          const code = flaw === "calls an abort a timeout" ? "DEADLINE_EXCEEDED" : "ABORTED";
          const cause: unknown = flaw === "forgets the cause" ? undefined : caller?.reason;
          stop(new BusError(code, "aborted", { cause }), caller?.reason);
        };
        if (caller?.aborted) {
          abort();
        } else {
          caller?.addEventListener("abort", abort);
          if (flaw !== "leaves its listener")
            undo.push(() => caller?.removeEventListener("abort", abort));
        }
        const expire = (): void => {
          if (now() < deadlineAtMs && flaw !== "believes a timer that fires early") return arm();
          const error = new BusError("DEADLINE_EXCEEDED", "late");
          stop(error, error);
        };
        const arm = (): void => {
          const timer = after?.(deadlineAtMs - now(), expire);
          if (flaw !== "leaves its timer") undo.push(() => timer?.[Symbol.dispose]());
        };
        if (own.signal.aborted || !isLimited) return;
        if (deadlineAtMs <= now()) expire();
        else arm();
      });
      end.catch(() => {});
      const isOver =
        (caller?.aborted === true && flaw !== "begins what is aborted") ||
        (isLimited && deadlineAtMs <= now() && flaw !== "begins what is late");
      if (isOver) {
        for (const each of undo) each();
        return end;
      }
      const handed =
        flaw === "hands down its own limit as the deadline" ? now() + ms : deadlineAtMs;
      const below = {
        ...context,
        signal: flaw === "hands down the caller's signal" ? context.signal : own.signal,
        deadlineAtMs:
          Number.isFinite(handed) && flaw !== "hands down no deadline" ? handed : undefined,
      };
      const work = (async () => next(message, below))();
      const raced =
        flaw === "waits for the handler after the end"
          ? work.catch(() => {}).then(() => Promise.race([end, work]))
          : Promise.race([work, end]);
      return raced
        .catch((error: unknown) => {
          if (
            flaw === "answers with nothing in the place of a failure" &&
            !(error instanceof BusError)
          )
            return;
          throw error;
        })
        .finally(() => {
          for (const each of undo) each();
          if (flaw === "aborts below when all went well") own.abort();
        });
    };
}

export const rightTimeout: CreateTimeout = plainTimeout();

const FLAWS: readonly Flaw[] = [
  "takes the later of two limits",
  "ignores the deadline of the message",
  "ignores its own limit",
  "ignores the caller's signal",
  "begins what is aborted",
  "begins what is late",
  "never aborts below",
  "aborts below for a reason of its own",
  "aborts below when all went well",
  "hands down the caller's signal",
  "hands down no deadline",
  "hands down its own limit as the deadline",
  "waits for the handler after the end",
  "believes a timer that fires early",
  "leaves its timer",
  "leaves its listener",
  "forgets the cause",
  "calls an abort a timeout",
  "answers with nothing in the place of a failure",
  "wraps what has no limit",
];

export const wrongTimeouts: Readonly<Record<string, CreateTimeout>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainTimeout(flaw)]),
);
