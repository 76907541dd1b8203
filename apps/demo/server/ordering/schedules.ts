/** Who takes part: transactions that append, one that writes elsewhere, and the one who reads the log. */
export const TRANSACTIONS = ["A", "B", "C", "U"] as const;
export type TransactionName = (typeof TRANSACTIONS)[number];

export const ACTS = [
  "begin",
  "append",
  "write elsewhere",
  "hold",
  "commit",
  "rollback",
  "poll",
] as const;
export type Act = (typeof ACTS)[number];

/** One thing that happens, after everything before it has happened or has been seen to wait. */
export interface Step {
  readonly who: TransactionName | "reader";
  readonly does: Act;
  /** Where an append goes. Default: a stream of the transaction's own. */
  readonly stream?: string;
}

export const SCHEDULES = [
  "overtaken writer",
  "unrelated transaction",
  "rollback",
  "first to begin",
] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

const A_AND_B_OVERTAKES: readonly Step[] = [
  { who: "A", does: "begin" },
  { who: "A", does: "append" },
  { who: "B", does: "begin" },
  { who: "B", does: "append" },
  { who: "B", does: "commit" },
  { who: "reader", does: "poll" },
  { who: "A", does: "hold" },
  { who: "reader", does: "poll" },
];

/** What life goes on with, so that one sees whether the reader does. */
const C_FOLLOWS: readonly Step[] = [
  { who: "C", does: "begin" },
  { who: "C", does: "append" },
  { who: "C", does: "commit" },
  { who: "reader", does: "poll" },
];

/** What happens, in which order. The same for every strategy; when a writer has to wait, its later steps wait with it. */
export const STEPS: Readonly<Record<ScheduleName, readonly Step[]>> = {
  "overtaken writer": [
    ...A_AND_B_OVERTAKES,
    { who: "A", does: "commit" },
    { who: "reader", does: "poll" },
    ...C_FOLLOWS,
  ],
  "unrelated transaction": [
    { who: "U", does: "begin" },
    { who: "U", does: "write elsewhere" },
    { who: "A", does: "begin" },
    { who: "A", does: "append" },
    { who: "A", does: "commit" },
    { who: "reader", does: "poll" },
    { who: "B", does: "begin" },
    { who: "B", does: "append" },
    { who: "B", does: "commit" },
    { who: "reader", does: "poll" },
    { who: "U", does: "hold" },
    { who: "reader", does: "poll" },
    { who: "U", does: "commit" },
    { who: "reader", does: "poll" },
  ],
  rollback: [
    ...A_AND_B_OVERTAKES,
    { who: "A", does: "rollback" },
    { who: "reader", does: "poll" },
    ...C_FOLLOWS,
  ],
  "first to begin": [
    { who: "A", does: "begin" },
    { who: "A", does: "write elsewhere" },
    { who: "B", does: "begin" },
    { who: "B", does: "append", stream: "order-7" },
    { who: "B", does: "commit" },
    { who: "reader", does: "poll" },
    { who: "A", does: "hold" },
    { who: "A", does: "append", stream: "order-7" },
    { who: "A", does: "commit" },
    { who: "reader", does: "poll" },
  ],
};
