import type { UserView } from "../../../server/users/messages.ts";

/** How one user differs between the two read models; in the order of a user's life. */
export type Difference = "none" | "not-here-yet" | "old-name" | "still-here";

/** One user's place in both panels: the two rows stand side by side, also when one of them is missing. */
export interface Slot {
  readonly id: string;
  readonly sync: UserView | undefined;
  readonly eventual: UserView | undefined;
  readonly difference: Difference;
}

/** Puts what both models show into common places, newest first. */
export function slotsOf(sync: readonly UserView[], eventual: readonly UserView[]): readonly Slot[] {
  const there = new Map(sync.map((user) => [user.id, user]));
  const behind = new Map(eventual.map((user) => [user.id, user]));
  const users = new Map([...behind, ...there]);
  return [...users.values()].sort(byAgeNewestFirst).map(({ id }) => {
    const pair = { sync: there.get(id), eventual: behind.get(id) };
    return { id, ...pair, difference: differenceOf(pair) };
  });
}

/** Compares one user's two rows; the eventual one is never ahead. */
export function differenceOf({ sync, eventual }: Pick<Slot, "sync" | "eventual">): Difference {
  if (sync && !eventual) return "not-here-yet";
  if (!sync && eventual) return "still-here";
  return sync?.name === eventual?.name && sync?.email === eventual?.email ? "none" : "old-name";
}

/** Where a user stands in the order that the server lists them in: by age, then by id. */
export function keyOf({ created_at, id }: UserView): string {
  return `${created_at} ${id}`;
}

function byAgeNewestFirst(a: UserView, b: UserView): number {
  return keyOf(a) < keyOf(b) ? 1 : -1;
}
