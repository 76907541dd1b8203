import type { Projection } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { rejectsWithClass } from "../expectations.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { workers } from "./worker-bench.ts";
import { ANSWERS } from "./workers-answers.ts";
import { LEASES } from "./workers-leases.ts";
import { PARTITIONS } from "./workers-partitions.ts";
import { READERS } from "./workers-readers.ts";

/**
 * Lists what many projectors do over one store: one works on a partition, another takes over, and everybody knows how far
 * it is.
 *
 * @param open - Opens a fresh, empty store for each case; with `another`, several on the same data.
 */
export function workersContract(open: OpenStore<ReadSideStore>): readonly ContractCase[] {
  return casesOf("workers", open, {
    ...LEASES,
    ...ANSWERS,
    ...PARTITIONS,
    ...READERS,
    "refuses options that are none": workers(async ({ projector }) => {
      const projection = accounts as Projection;
      for (const bad of [
        { partitions: 0 },
        { partitions: 1.5 },
        { retries: -1 },
        { retries: Number.NaN },
      ]) {
        const made = projector({ projections: [{ projection, ...bad }] });
        await rejectsWithClass(made, RangeError);
      }
      for (const bad of [{ leaseMs: 99 }, { batchSize: 0 }, { maxWaiters: 0 }, { delayMs: -1 }]) {
        await rejectsWithClass(projector(bad), RangeError);
      }
      const unknown = { projection, poison: "ignore" as "stop" };
      await rejectsWithClass(projector({ projections: [unknown] }), TypeError);
      await rejectsWithClass(projector({ owner: "" }), TypeError);
      await rejectsWithClass(projector({ projections: [projection, projection] }), TypeError);
    }),
  });
}
