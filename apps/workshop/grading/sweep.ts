import type { CrashSweepOptions } from "@counterpoint/testing";
import { crashSweep } from "@counterpoint/testing";
import { CaseError } from "./for-all.ts";
import { Red, red } from "./red.ts";

/**
 * Ends the rule unless the invariant holds wherever the process dies: before and after each call that the scenario makes
 * to its store, and without a crash. Nothing is left to chance, and the red names the call.
 *
 * The invariant ends the rule by {@link red} or {@link same}; what it says as `given` comes after the place of the crash.
 *
 * @param options - As for `crashSweep` of `@counterpoint/testing`.
 */
export async function sweep<TStore extends object>(
  options: CrashSweepOptions<TStore>,
): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  const noted = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  try {
    await crashSweep({
      ...options,
      restart: (store) => noted(() => options.restart(store)),
      invariant: (store, acknowledged) => noted(() => options.invariant(store, acknowledged)),
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (failed) throw withPlace(failed.error, text);
    if (text.startsWith("The scenario made no call")) {
      return red({ observed: "the storage is never asked", expected: "calls that could crash" });
    }
    if (text.startsWith("The scenario ended without its call")) {
      return red({
        observed: "other calls in a second run of the same",
        expected: "the same calls each time",
        consequence:
          "Something is left over from the run before: a variable outside of the factory?",
      });
    }
    throw error;
  }
}

/** `After a crash after call 1, save: …`, as `crashSweep` words it. */
function withPlace(error: unknown, text: string): Error {
  const where = /^After (no crash|a (crash .*? call \d+, \w+)): /.exec(text);
  const place = where?.[2] ?? "no crash";
  if (!(error instanceof Red)) return new CaseError(error, place);
  const { given, ...finding } = error.finding;
  return new Red({ ...finding, given: given === undefined ? place : `${place} → ${given}` });
}
