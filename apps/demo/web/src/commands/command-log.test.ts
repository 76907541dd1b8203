import { describe, expect, it } from "vitest";
import type { CommandLogAction } from "./command-log.ts";
import { KEPT_ENTRIES, commandLogReducer, emptyCommandLog } from "./command-log.ts";

const command = { type: "RemoveUser", userId: "u", name: "Ada" } as const;

describe("commandLogReducer", () => {
  it("lists the newest command first, and forgets the oldest", () => {
    const { entries } = after(...Array.from({ length: KEPT_ENTRIES + 5 }, (_, id) => sending(id)));
    expect(entries).toHaveLength(KEPT_ENTRIES);
    expect(entries[0]?.id).toBe(KEPT_ENTRIES + 4);
  });

  it("finds a command's position by its correlation id, once", () => {
    const sent = { ok: true, status: 204, ms: 1, correlationId: "c1", token: "t" } as const;
    const begin = [
      sending(1),
      { type: "sent", id: 1, sent: { ...sent, expected: { userId: "u" } } },
    ] as const;
    const other = after(...begin, logged("c2", 6));
    expect(other.entries[0]?.position).toBeUndefined();
    const own = after(...begin, logged("c1", 7), logged("c1", 8));
    expect(own.entries[0]?.position).toBe(7);
  });

  it("counts reads, stale ones and late ones per mode, and how long they took", () => {
    const { tallies } = after(
      sending(1),
      read("nothing", "stale", 2),
      read("nothing", "fresh", 3),
      read("token", "late", 12_000),
      read("token", "failed", 1),
    );
    expect(tallies).toEqual({
      nothing: { reads: 2, stale: 1, late: 0, waitsMs: [2, 3] },
      token: { reads: 1, stale: 0, late: 1, waitsMs: [12_000] },
      sync: { reads: 0, stale: 0, late: 0, waitsMs: [] },
    });
  });

  it("counts a read whose command has left the list", () => {
    const many = Array.from({ length: KEPT_ENTRIES }, (_, id) => sending(id + 2));
    const { tallies } = after(sending(1), ...many, read("sync", "fresh", 1));
    expect(tallies.sync.reads).toBe(1);
  });
});

function after(...actions: CommandLogAction[]) {
  return actions.reduce(commandLogReducer, emptyCommandLog);
}

function sending(id: number): CommandLogAction {
  return { type: "sending", id, command, at: new Date(0) };
}

function read(
  mode: "nothing" | "token" | "sync",
  verdict: "fresh" | "stale" | "late" | "failed",
  ms: number,
): CommandLogAction {
  return { type: "read", id: 1, read: { mode, verdict, ms } };
}

function logged(correlationId: string, position: number): CommandLogAction {
  const event = { type: "E", payload: {}, version: 1, recordedAt: "", position };
  return { type: "logged", events: [{ ...event, metadata: { correlationId } }] };
}
