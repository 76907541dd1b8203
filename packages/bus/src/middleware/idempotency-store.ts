/** What is known of a key. */
export type IdempotencyEntry =
  /** Nobody works on it: the caller does from now on, under this claim. */
  | { readonly status: "new"; readonly claim: string }
  /** Somebody else does. */
  | { readonly status: "pending"; readonly fingerprint: string }
  /** The work is done, and this came of it. */
  | { readonly status: "done"; readonly fingerprint: string; readonly result: unknown };

/**
 * Keeps, for each key, who works on it and what came of it.
 *
 * All three methods are atomic: of any number of concurrent calls of `begin` for one key, exactly one gets `new`. Keys,
 * fingerprints and claims are compared exactly.
 */
export interface IdempotencyStore {
  /**
   * Claims a key, if it is free: never seen, abandoned, forgotten, or left under the same fingerprint by somebody whose
   * lease has run out. An expired claim under another fingerprint stays `pending`.
   *
   * @param given.leaseMs - How long the claim holds, in milliseconds > 0.
   */
  begin(given: {
    readonly key: string;
    readonly fingerprint: string;
    readonly leaseMs: number;
  }): Promise<IdempotencyEntry>;

  /**
   * Stores the result of a claim, for a time that the store decides on. Holds also after the lease, if nobody else has
   * claimed the key. Doing it again changes nothing.
   *
   * @param given.result - JSON, or `undefined`.
   * @returns Whether the claim counted: `false` when another one has taken its place, and then nothing changes.
   */
  complete(given: {
    readonly key: string;
    readonly claim: string;
    readonly result: unknown;
  }): Promise<boolean>;

  /** Sets a key free. Without effect when the claim has been completed, or another one has taken its place. */
  abandon(given: { readonly key: string; readonly claim: string }): Promise<void>;
}
