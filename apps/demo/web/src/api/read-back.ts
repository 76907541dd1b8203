import { api } from "./client.ts";
import type { ExpectedUser } from "./send-command.ts";
import type { ReadBack, ReadMode } from "./verdict.ts";
import { verdictOf } from "./verdict.ts";

/** The longest delay that the page can set, and a little. */
const WAIT_S = 12;

/** Reads one user once, in the given mode, and says whether the answer shows the write. Never rejects. */
export async function readBack(
  mode: ReadMode,
  token: string,
  expected: ExpectedUser,
): Promise<ReadBack> {
  const begin = performance.now();
  try {
    const response: Response = await api.users[":id"].$get(
      {
        param: { id: expected.userId },
        query: { consistency: mode === "sync" ? "sync" : "eventual" },
      },
      mode === "token"
        ? { headers: { "Consistency-Token": token, Prefer: `wait=${WAIT_S}` } }
        : undefined,
    );
    const found: unknown = await response.json();
    const verdict = verdictOf(response.status, found, expected);
    return { mode, verdict, ms: performance.now() - begin };
  } catch {
    return { mode, verdict: "failed", ms: performance.now() - begin };
  }
}
