import type { EventContract, StandardSchema } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import type { DocumentOf, Projection } from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";

/** What writers record. The weights add up, so that a swapped event shows as well as a lost one. */
export const Happened: EventContract<"Happened", StandardSchema<{ weight: number }>> = event(
  "Happened",
  { payload: type<{ weight: number }>() },
);

const columns = {
  stream: "text",
  events: "integer",
  weight: "bigint",
  version: "integer",
  disorder: "integer",
} as const;

/** Counts what it is given of each stream, and how often that was not the next in order. */
export const witness: Projection<DocumentOf<typeof columns>> = projection("witness", {
  version: 1,
  events: [Happened],
  columns,
  key: ({ stream }) => stream,
  on: {
    [Happened.type]: (row, { stream, version, payload }) => ({
      stream,
      events: (row?.events ?? 0) + 1,
      weight: (row?.weight ?? 0n) + BigInt(payload.weight),
      version,
      disorder: (row?.disorder ?? 0) + Number(version !== (row?.version ?? 0) + 1),
    }),
  },
});
