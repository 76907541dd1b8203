import type { Middleware } from "../src/index.ts";
import { BusError } from "../src/index.ts";
import type { CreateIdempotency } from "./idempotency-model.ts";

const FLAWS = [
  "runs whatever the store says",
  "runs what is pending",
  "never asks the store",
  "does not scope its keys by type",
  "does not scope its keys by actor",
  "makes one key of all that have none",
  "refuses what has no key",
  "ignores the fingerprint",
  "ignores the fingerprint of what is done",
  "ignores the fingerprint of what is pending",
  "calls a duplicate reused",
  "answers duplicates with nothing",
  "does not wait",
  "waits for ever",
  "waits beyond the deadline",
  "takes the failure of the first for its own",
  "stores failures as results",
  "keeps the claim of what has failed",
  "wraps failures",
  "does not store results",
  "stores nothing in the place of results",
  "stores before it runs",
  "takes over in its own process",
  "keeps to its own result when its claim was lost",
  "hands down no end of the lease",
  "hands down the end of the lease in the place of an earlier deadline",
] as const;
type Flaw = (typeof FLAWS)[number];

/** Idempotency that polls and knows no promise of another caller, written without a look at the real one. */
function plainIdempotency(flaw?: Flaw): CreateIdempotency {
  return ({
    store,
    leaseMs = 0,
    waitMs = 0,
    pollMs = 1,
    sleep,
    now = Date.now,
    fingerprintOf,
  }): Middleware => {
    const busy = new Map<string, string>();
    const failed = new Map<string, unknown>();
    const seen = new Map<string, unknown>();

    return async (message, next, context) => {
      const { actor, idempotencyKey } = context.metadata;
      if (idempotencyKey === undefined && flaw === "refuses what has no key")
        throw new BusError("INVALID_MESSAGE", "no key");
      if (idempotencyKey === undefined && flaw !== "makes one key of all that have none")
        return next();
      const key = JSON.stringify([
        flaw === "does not scope its keys by type" ? "" : message.type,
        flaw === "does not scope its keys by actor" ? "" : actor,
        idempotencyKey ?? "none",
      ]);
      const fingerprint = (await fingerprintOf?.(message)) ?? "";
      const patientMs = now() + waitMs;
      const endMs =
        flaw === "waits beyond the deadline"
          ? patientMs
          : Math.min(patientMs, context.deadlineAtMs ?? Infinity);
      const wait = async (): Promise<void> => {
        if (flaw === "does not wait" || (now() >= endMs && flaw !== "waits for ever")) {
          throw new BusError("IDEMPOTENCY_IN_PROGRESS", "later");
        }
        await sleep?.(Math.max(1, Math.min(pollMs, endMs - now())), new AbortController().signal);
        if (flaw === "takes the failure of the first for its own" && failed.has(key))
          throw failed.get(key);
      };
      const reused = (): never => {
        throw new BusError("IDEMPOTENCY_KEY_REUSED", "other");
      };

      if (flaw === "never asks the store") {
        if (!seen.has(key)) seen.set(key, Promise.resolve(next()));
        return seen.get(key);
      }
      let own: { readonly result: unknown } | undefined;
      for (;;) {
        const other = busy.get(key);
        if (
          other !== undefined &&
          flaw !== "takes over in its own process" &&
          !flaw?.startsWith("runs")
        ) {
          if (other !== fingerprint && !flaw?.startsWith("ignores the fingerprint")) reused();
          await wait();
          continue;
        }
        const begunAtMs = now();
        const found = await store.begin({ key, fingerprint, leaseMs });
        if (
          found.status === "new" ||
          flaw === "runs whatever the store says" ||
          (found.status === "pending" && flaw === "runs what is pending")
        ) {
          const claim = found.status === "new" ? found.claim : "none";
          busy.set(key, fingerprint);
          try {
            const limitMs = begunAtMs + leaseMs;
            const earlier =
              flaw === "hands down the end of the lease in the place of an earlier deadline"
                ? Infinity
                : (context.deadlineAtMs ?? Infinity);
            const below =
              flaw === "hands down no end of the lease"
                ? context
                : { ...context, deadlineAtMs: Math.min(limitMs, earlier) };
            if (flaw === "stores before it runs") {
              await store.complete({ key, claim, result: undefined });
              return await next(message, below);
            }
            own ??= { result: await next(message, below) };
          } catch (error) {
            failed.set(key, error);
            if (flaw === "stores failures as results")
              await store.complete({ key, claim, result: null });
            else if (flaw !== "keeps the claim of what has failed")
              await store.abandon({ key, claim });
            if (flaw === "wraps failures") throw new Error("failed", { cause: error });
            throw error;
          } finally {
            busy.delete(key);
          }
          if (flaw === "does not store results") {
            await store.abandon({ key, claim });
            return own.result;
          }
          busy.set(key, fingerprint);
          const result = flaw === "stores nothing in the place of results" ? undefined : own.result;
          const isKept = await store.complete({ key, claim, result });
          busy.delete(key);
          if (
            isKept ||
            flaw === "keeps to its own result when its claim was lost" ||
            flaw?.startsWith("runs")
          )
            return own.result;
          continue;
        }
        const isIgnored =
          flaw === "ignores the fingerprint" ||
          flaw === `ignores the fingerprint of what is ${found.status}`;
        if (own && found.fingerprint !== fingerprint) return own.result;
        if (found.fingerprint !== fingerprint && !isIgnored) reused();
        if (flaw === "calls a duplicate reused") reused();
        if (found.status === "done")
          return flaw === "answers duplicates with nothing" ? undefined : found.result;
        if (own && now() >= endMs) return own.result;
        await wait();
      }
    };
  };
}

export const rightIdempotency: CreateIdempotency = plainIdempotency();

export const wrongIdempotency: Readonly<Record<string, CreateIdempotency>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainIdempotency(flaw)]),
);
