import type { UserCommand } from "../api/send-command.ts";

/** How a burst stands. */
export interface BurstProgress {
  readonly wanted: number;
  readonly accepted: number;
  readonly refused: number;
  readonly ms: number;
  readonly state: "running" | "done" | "cancelled";
}

export interface RunBurstOptions {
  readonly wanted: number;
  /** How many commands are under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Sends a command; answers with the id of a created user, if any. Must not reject. */
  readonly send: (command: UserCommand) => Promise<{ ok: boolean; userId?: string }>;
  readonly onProgress: (done: { accepted: number; refused: number }) => void;
}

/** Sends many commands, a few at a time, until all are sent or the signal aborts. */
export async function runBurst(options: RunBurstOptions): Promise<void> {
  const { wanted, concurrency, signal, send, onProgress } = options;
  const done = { accepted: 0, refused: 0 };
  let begun = 0;
  await Promise.all(Array.from({ length: concurrency }, work));

  async function work(): Promise<void> {
    const worker = createBurstWorker();
    while (begun < wanted && !signal.aborted) {
      const { ok, userId } = await send(worker.next(++begun));
      if (userId !== undefined) worker.created(userId);
      done[ok ? "accepted" : "refused"] += 1;
      onProgress(done);
    }
  }
}

/** Makes the commands of one worker of a burst, each from what the ones before have brought about. */
interface BurstWorker {
  /** @param number - Counts the commands of the whole burst. */
  next(number: number): UserCommand;
  /** Takes note of a user whom the last command has created. */
  created(userId: string): void;
}

/**
 * Makes a worker that registers, renames and removes its own users, in turn: of five commands three register, one renames
 * and one removes. Workers never touch each other's users, so no command of a burst conflicts with another.
 */
function createBurstWorker(): BurstWorker {
  const own: string[] = [];
  let step = 0;
  return {
    next(number) {
      const turn = step++ % 5;
      const name = `${NAMES[number % NAMES.length] ?? "Guest"} ${number}`;
      const last = own.at(-1);
      if (turn === 2 && last !== undefined) {
        return { type: "RenameUser", userId: last, name: `${name} (renamed)` };
      }
      const first = turn === 4 ? own.shift() : undefined;
      if (first !== undefined) return { type: "RemoveUser", userId: first, name: "" };
      return { type: "CreateUser", name, email: `guest-${number}@example.org` };
    },
    created: (userId) => void own.push(userId),
  };
}

const NAMES = ["Ada", "Grace", "Edsger", "Barbara", "Tony", "Frances", "Niklaus", "Radia"];
