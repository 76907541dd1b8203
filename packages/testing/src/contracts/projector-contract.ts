import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import type { Store } from "./projector-bench.ts";
import { FAILING } from "./projector-failing.ts";
import { FOLLOWING } from "./projector-following.ts";
import { REBUILDING } from "./projector-rebuilding.ts";
import { WAITING } from "./projector-waiting.ts";

/**
 * Lists the promises that a projector keeps over an adapter.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function projectorContract(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("projector", open, {
    ...FOLLOWING,
    ...WAITING,
    ...FAILING,
    ...REBUILDING,
  });
}
