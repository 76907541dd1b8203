import type { EventContract, EventMessage, StandardSchema } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import type { DocumentOf, Projection } from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";

export const Added: EventContract<"Added", StandardSchema<{ key: string; n: number }>> = event(
  "Added",
  {
    payload: type<{ key: string; n: number }>(),
  },
);

const columns = { key: "text", total: "integer", trail: "text" } as const;

/** Sums up per key, and remembers in which order. */
export const totals: Projection<DocumentOf<typeof columns>> = projection("totals", {
  version: 1,
  events: [Added],
  columns,
  key: ({ payload }) => payload.key,
  on: {
    [Added.type]: (row, { payload }) => ({
      key: payload.key,
      total: (row?.total ?? 0) + payload.n,
      trail: `${row?.trail ?? ""}${payload.n};`,
    }),
  },
});

/** The same, built by the next version of its code. */
export const totalsAgain: typeof totals = { ...totals, version: 2 };

export function added(key: string, ...amounts: number[]): EventMessage[] {
  return amounts.map((n) => Added({ key, n }));
}
