import fc from "fast-check";

/**
 * Says that a system under test did not do what the model says. Every other error that a property meets is a crash of
 * the harness, and proves nothing.
 */
class Disagreement extends Error {
  override readonly name = "Disagreement";
}

/** @throws {Disagreement} When `holds` is false. */
export function agree(holds: boolean, law: () => string): asserts holds {
  if (!holds) throw new Disagreement(law());
}

/**
 * Runs a property with one seed and says in a word how it ended.
 *
 * @returns `"passes"`, `"killed"` (by a counterexample against the model), or the crash of the harness in full.
 */
export async function verdict(
  property: fc.IAsyncProperty<unknown>,
  parameters: { readonly seed: number; readonly numRuns: number },
): Promise<string> {
  const details = await fc.check(property, parameters);
  if (!details.failed) return "passes";
  return details.counterexample !== null && details.errorInstance instanceof Disagreement
    ? "killed"
    : `crashed with seed ${parameters.seed}: ${String(details.errorInstance)}`;
}

/** Writes any thrown or returned value so that two different ones can be told apart in a report. */
export function show(value: unknown): string {
  if (value instanceof Error) {
    const code = "code" in value ? ` ${String(value.code)}` : "";
    return `${value.name}${code} ${JSON.stringify(value.message)}`;
  }
  return fc.stringify(value);
}
