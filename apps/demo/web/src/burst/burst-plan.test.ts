import { describe, expect, it } from "vitest";
import type { UserCommand } from "../api/send-command.ts";
import { runBurst } from "./burst-plan.ts";

describe("runBurst", () => {
  it("sends exactly as many commands as wanted, never more at once than allowed", async () => {
    const { commands, most, last } = await burst({ wanted: 203, concurrency: 3 });
    expect(commands).toHaveLength(203);
    expect(most()).toBe(3);
    expect(last()).toEqual({ accepted: 203, refused: 0 });
  });

  it("registers, renames and removes, and only users who are there", async () => {
    const { commands } = await burst({ wanted: 200, concurrency: 2 });
    const counts = { CreateUser: 0, RenameUser: 0, RemoveUser: 0 };
    for (const { type } of commands) counts[type] += 1;
    expect(counts).toEqual({ CreateUser: 120, RenameUser: 40, RemoveUser: 40 });
  });

  it("begins no command after it was cancelled", async () => {
    const cancel = new AbortController();
    const { commands } = await burst({
      wanted: 1_000,
      concurrency: 3,
      signal: cancel.signal,
      onSend: (count) => count === 50 && cancel.abort(),
    });
    expect(commands).toHaveLength(50);
  });

  it("goes on after a refusal, and counts it", async () => {
    const { last } = await burst({ wanted: 20, concurrency: 1, refuse: (number) => number === 3 });
    expect(last()).toEqual({ accepted: 19, refused: 1 });
  });
});

interface BurstOptions {
  wanted: number;
  concurrency: number;
  signal?: AbortSignal;
  onSend?: (count: number) => unknown;
  refuse?: (number: number) => boolean;
}

/** Plays the server: it refuses to touch a user who is not there. */
async function burst({ wanted, concurrency, signal, onSend, refuse }: BurstOptions) {
  const commands: UserCommand[] = [];
  const users = new Set<string>();
  let under = 0;
  let most = 0;
  let last = {};
  await runBurst({
    wanted,
    concurrency,
    signal: signal ?? new AbortController().signal,
    async send(command) {
      commands.push(command);
      const number = commands.length;
      onSend?.(number);
      most = Math.max(most, ++under);
      await Promise.resolve();
      under -= 1;
      if (refuse?.(number)) return { ok: false };
      if (command.type !== "CreateUser") {
        expect(users).toContain(command.userId);
        if (command.type === "RemoveUser") users.delete(command.userId);
        return { ok: true };
      }
      users.add(`user ${number}`);
      return { ok: true, userId: `user ${number}` };
    },
    onProgress: (done) => (last = { ...done }),
  });
  return { commands, most: () => most, last: () => last };
}
