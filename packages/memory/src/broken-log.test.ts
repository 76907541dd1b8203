import { event, type } from "@counterpoint/bus";
import type { EventLog, RecordedEvent } from "@counterpoint/events";
import { EventStoreError } from "@counterpoint/events";
import { createProjector, createReactor, projection, reaction } from "@counterpoint/read-model";
import { manualTime } from "@counterpoint/testing";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";
import type { MemoryStore } from "./memory-store.ts";

const Noted = event("Noted", { payload: type<{ page: string }>() });

const notes = projection("notes", {
  version: 1,
  events: [Noted],
  columns: { page: "text", count: "integer" },
  key: ({ payload }) => payload.page,
  on: { Noted: (row, { payload }) => ({ page: payload.page, count: (row?.count ?? 0) + 1 }) },
});

type Break = (right: MemoryStore) => EventLog["readLog"];

const BROKEN: readonly {
  readonly wrong: string;
  readonly readLog: Break;
  readonly says: string;
}[] = [
  {
    wrong: "repeats the event at the cursor",
    readLog:
      (right) =>
      ({ after, limit }) =>
        right.readLog({ after: Math.max(0, after - 1), limit }),
    says: "behind position 2 it shows Noted at position 2",
  },
  {
    wrong: "goes back to its beginning",
    readLog:
      (right) =>
      ({ limit }) =>
        right.readLog({ after: 0, limit }),
    says: "behind position 2 it shows Noted at position 1",
  },
  {
    wrong: "shows an event twice in one slice",
    readLog: changing((events) => events.flatMap((each) => [each, each])),
    says: "behind position 1 it shows Noted at position 1",
  },
  {
    wrong: "descends",
    readLog: changing((events) => events.toReversed()),
    says: "behind position 2 it shows Noted at position 1",
  },
  {
    wrong: "shows events without a position",
    readLog: changing((events) => events.map((each) => ({ ...each, position: Number.NaN }))),
    says: "behind position 0 it shows Noted at position NaN",
  },
  {
    wrong: "fails for ever on an event that was handled",
    readLog: (right) => async (options) => {
      const { events } = await right.readLog({ after: 0, limit: 1 });
      if (options.after < 2) return right.readLog(options);
      throw new EventStoreError("UPCAST_FAILED", "cannot", { details: { event: events[0]! } });
    },
    says: "behind position 2 it shows Noted at position 1",
  },
];

describe.each(BROKEN)("a log that $wrong", ({ readLog, says }) => {
  it.each(["stop", "park", "skip"] as const)(
    "stops a projection under %s, with the reason in its status and for who waits",
    async (poison) => {
      const { store, time } = opened(readLog);
      const projector = createProjector(store, {
        projections: [{ projection: notes, poison }],
        clock: time,
        scheduler: time,
      });
      await projector.start();
      await note(store, 2);
      await time.settle();
      const waiting = projector.waitFor((await note(store, 1)).token);
      await expect(time.drive(waiting)).rejects.toMatchObject({
        code: "PROJECTION_STOPPED",
        message: expect.stringContaining(says),
      });
      const [status] = (await projector.status()).projections;
      expect(status).toMatchObject({ state: "stopped", error: expect.stringContaining(says) });
      expect(await store.listDeadLetters("notes")).toEqual([]);
      const count = (await store.readModel(notes).get("a"))?.count ?? 0;
      expect(count).toBe(status!.position);
      await projector.stop();
    },
  );
});

describe("a log that repeats an event", () => {
  const { readLog, says } = BROKEN[0]!;
  const stopped = { code: "PROJECTION_STOPPED", message: expect.stringContaining(says) };
  const stoppedSooner = {
    code: "PROJECTION_STOPPED",
    message: expect.stringContaining("behind position 1 it shows Noted at position 1"),
  };

  /** Opens a store whose log breaks, or is repaired, in the middle of a test. */
  function openedInTurns(log: { isBroken: boolean }) {
    const open = opened(
      (right) => (options) => (log.isBroken ? readLog(right) : right.readLog)(options),
    );
    return { ...open, log };
  }

  it("stops a projection that has read ahead", async () => {
    const { store, time } = opened(readLog);
    await note(store, 5);
    await using projector = createProjector(store, {
      projections: [notes],
      batchSize: 2,
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await time.settle();
    const waiting = projector.waitFor((await note(store, 1)).token);
    await expect(time.drive(waiting)).rejects.toMatchObject(stopped);
    expect((await store.readModel(notes).get("a"))?.count).toBe(2);
  });

  it("stops a reaction, which does nothing twice", async () => {
    const { store, time } = opened(readLog);
    const seen: number[] = [];
    const mail = reaction("mail", {
      events: [Noted],
      on: { Noted: ({ position }) => void seen.push(position) },
    });
    await using reactor = createReactor(store, {
      reactions: [mail],
      clock: time,
      scheduler: time,
    });
    await reactor.start();
    await note(store, 2);
    await time.settle();
    const waiting = reactor.waitFor((await note(store, 1)).token);
    await expect(time.drive(waiting)).rejects.toMatchObject(stopped);
    expect(seen).toEqual([1, 2]);
  });

  it("ends a rebuild beside, and what answers is left as it was", async () => {
    const { store, time, log } = openedInTurns({ isBroken: false });
    await using projector = createProjector(store, {
      projections: [notes],
      batchSize: 1,
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await time.drive(projector.waitFor((await note(store, 2)).token));
    projector.pause();
    log.isBroken = true;
    const rebuilding = projector.rebuild("notes", { mode: "beside" });
    await expect(time.drive(rebuilding)).rejects.toMatchObject(stoppedSooner);
    expect((await store.readModel(notes).get("a"))?.count).toBe(2);
    expect((await projector.status()).rebuilds).toEqual([]);
  });

  it("stops a rebuild in place", async () => {
    const { store, time, log } = openedInTurns({ isBroken: false });
    await using projector = createProjector(store, {
      projections: [notes],
      batchSize: 1,
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await time.drive(projector.waitFor((await note(store, 2)).token));
    log.isBroken = true;
    await projector.rebuild("notes");
    const waiting = projector.waitFor((await note(store, 1)).token);
    await expect(time.drive(waiting)).rejects.toMatchObject(stoppedSooner);
    expect((await store.readModel(notes).get("a"))?.count).toBe(1);
  });

  it("lets everything go on where it was once the store is repaired", async () => {
    const { store, time, log } = openedInTurns({ isBroken: true });
    await using projector = createProjector(store, {
      projections: [{ projection: notes, partitions: 3 }],
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await note(store, 2);
    await time.settle();
    const { token } = await note(store, 1);
    await expect(time.drive(projector.waitFor(token))).rejects.toMatchObject(stopped);
    log.isBroken = false;
    await projector.resume("notes");
    await time.drive(projector.waitFor(token));
    expect((await store.readModel(notes).get("a"))?.count).toBe(3);
    expect((await projector.status()).projections[0]).toMatchObject({ state: "running" });
  });
});

function opened(readLog: Break) {
  const time = manualTime();
  const right = createMemoryStore({ clock: time });
  return { time, store: { ...right, readLog: readLog(right) } };
}

function note(store: MemoryStore, times: number) {
  return store.append({
    stream: "s",
    events: Array.from({ length: times }, () => Noted({ page: "a" })),
  });
}

function changing(change: (events: readonly RecordedEvent[]) => readonly RecordedEvent[]): Break {
  return (right) => async (options) => {
    const { events, head } = await right.readLog(options);
    return { head, events: change(events) };
  };
}
