import type { UserChange } from "../../../server/users/messages.ts";

/** A user as it looked right after a change; `null`: removed. */
export type RowThen = { readonly name: string; readonly email: string } | null;

export interface HistoryRow {
  readonly change: UserChange;
  /** What happened, in words. */
  readonly what: string;
  readonly row: RowThen;
}

/** Tells a user's history in words, with what the row looked like after each change; oldest first. */
export function historyRows(changes: readonly UserChange[]): readonly HistoryRow[] {
  let row: RowThen = null;
  return changes.map((change) => {
    const before = row;
    row = rowAfter(before, change);
    return { change, what: inWords(change.type, before, row), row };
  });
}

function rowAfter(before: RowThen, { type, changes }: UserChange): RowThen {
  const { name, email } = fieldsOf(changes);
  if (type === "UserRegistered") return { name: name ?? "", email: email ?? "" };
  if (type === "UserRenamed") return before && { ...before, name: name ?? before.name };
  return type === "UserRemoved" ? null : before;
}

function inWords(type: string, before: RowThen, after: RowThen): string {
  if (type === "UserRegistered" && after) return `Registered as ${after.name}`;
  if (type === "UserRenamed" && before && after)
    return `Renamed from ${before.name} to ${after.name}`;
  if (type === "UserRemoved" && before) return `Removed ${before.name}`;
  return type;
}

function fieldsOf(changes: unknown): { name?: string; email?: string } {
  return typeof changes === "object" && changes !== null ? changes : {};
}
