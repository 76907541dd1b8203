import type { SeatEvent, Stage } from "@counterpoint/workshop/stage";
import { createFollower } from "./exercise.ts";
import { createStorage } from "./tests/log.ts";

const LIMIT = 2;

/** Has a follower catch up after each event, unless it is held; it can die in between, and a new one goes on. */
export function createStage(): Stage {
  const kept = createStorage<never>();
  const events: SeatEvent[] = [];
  let savesLeft = Infinity;
  let held = false;
  let dies = false;
  const storage: typeof kept = {
    load: (key) => kept.load(key),
    async save(rows) {
      if (savesLeft === 0) throw new Crash("The process died before this save.");
      await kept.save(rows);
      savesLeft -= 1;
    },
  };
  const log: Parameters<typeof createFollower>[0] = {
    readLog: async ({ after, limit }) => ({
      events: events.filter(({ position }) => position > after).slice(0, limit),
      head: events.at(-1)?.position ?? 0,
    }),
  };
  const start = () => createFollower(log, storage, LIMIT);
  let follower = start();
  const restart = () => {
    savesLeft = Infinity;
    follower = start();
  };
  const catchUp = async () => {
    if (held) return;
    if (dies) {
      savesLeft = 1;
      await follower.catchUp().catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      dies = false;
      restart();
    }
    await follower.catchUp();
  };
  return {
    async deliver(more) {
      events.push(...more);
      await catchUp();
    },
    read: (concert) => follower.free(concert),
    controls: {
      hold: {
        label: "Hold the follower",
        async press() {
          held = !held;
          await catchUp();
        },
        isOn: () => held,
      },
      restart: {
        label: "Restart the process",
        async press() {
          restart();
          await catchUp();
        },
      },
      crash: {
        label: "Crash in the next run, after its first save",
        press: async () => void (dies = !dies),
        isOn: () => dies,
      },
    },
  };
}

class Crash extends Error {
  override readonly name = "Crash";
}
