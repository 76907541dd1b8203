import type { IdempotencyStore } from "../src/middleware/idempotency.ts";

interface Kept {
  readonly fingerprint: string;
  readonly claim: string;
  readonly leaseEndMs: number;
  readonly done?: { readonly json: string | undefined };
}

/** The least that keeps what the port promises; the adapters have contract suites of their own. */
export function plainIdempotencyStore(now: () => number): IdempotencyStore {
  const entries = new Map<string, Kept>();
  let claims = 0;
  return {
    async begin({ key, fingerprint, leaseMs }) {
      const found = entries.get(key);
      if (found?.done) {
        const { json } = found.done;
        const result: unknown = json === undefined ? undefined : JSON.parse(json);
        return { status: "done", fingerprint: found.fingerprint, result };
      }
      if (found && (now() < found.leaseEndMs || found.fingerprint !== fingerprint)) {
        return { status: "pending", fingerprint: found.fingerprint };
      }
      const claim = String(++claims);
      entries.set(key, { fingerprint, claim, leaseEndMs: now() + leaseMs });
      return { status: "new", claim };
    },
    async complete({ key, claim, result }) {
      const found = entries.get(key);
      if (found?.claim !== claim) return false;
      entries.set(key, { ...found, done: found.done ?? { json: JSON.stringify(result) } });
      return true;
    },
    async abandon({ key, claim }) {
      const found = entries.get(key);
      if (found?.claim === claim && !found.done) entries.delete(key);
    },
  };
}
