import type { ExpectedUser } from "./send-command.ts";

/** How the page reads what it has just written: as it comes, with the token, or from the synchronous model. */
export type ReadMode = "nothing" | "token" | "sync";

export const READ_MODES: readonly ReadMode[] = ["nothing", "token", "sync"];

/** What a read right after a write showed, and how long it took. */
export interface ReadBack {
  readonly mode: ReadMode;
  /** `late`: the server gave up waiting, and said so instead of showing something old. */
  readonly verdict: "fresh" | "stale" | "late" | "failed";
  /** From asking to the answer. */
  readonly ms: number;
}

/** Compares what was read with what was written. */
export function verdictOf(
  status: number,
  found: unknown,
  { name }: ExpectedUser,
): ReadBack["verdict"] {
  if (status === 503) return "late";
  if (status === 404) return name === undefined ? "fresh" : "stale";
  if (status !== 200) return "failed";
  const shown = typeof found === "object" && found !== null && "name" in found ? found.name : null;
  return name !== undefined && shown === name ? "fresh" : "stale";
}
