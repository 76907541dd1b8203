import type { Stage } from "@counterpoint/workshop/stage";
import { createBoxOffice, createRelay } from "./exercise.ts";
import type { World } from "./tests/world.ts";
import { createWorld } from "./tests/world.ts";

/** Reserves each seat at the box office and lets the relay run; shows how many seats nobody has been told of. */
export function createStage(): Stage {
  const { world, witness } = createWorld();
  let officeDies = false;
  let relayDies = false;
  let slow = false;
  /** Ends the transaction that has drawn its id and not committed yet. */
  let commit: (() => void) | undefined;

  async function reserve(seat: string): Promise<void> {
    if (slow && !commit) {
      commit = witness.begin([{ type: "SeatReserved", payload: { seat, customer: "ada" } }]);
      return;
    }
    const broker = officeDies ? mortal(world, 1) : world;
    officeDies = false;
    await orCrash(createBoxOffice({ database: broker, broker }).reserve(seat, "ada"));
  }
  async function relay(): Promise<void> {
    for (const calls of relayDies ? [1, 2, 3, 4] : []) {
      const outbox = mortal(world, calls);
      await orCrash(createRelay(outbox, outbox).run());
    }
    relayDies = false;
    await createRelay(world, world).run();
  }

  return {
    commands: ["reserve"],
    async deliver(events) {
      for (const { stream, payload } of events) {
        await reserve(`${stream} ${(payload as { readonly seat: string }).seat}`);
        await relay();
      }
    },
    async read(concert) {
      const told = witness.sent.map(({ payload }) => (payload as { readonly seat: string }).seat);
      return 20 - new Set(told.filter((seat) => seat.startsWith(`${concert} `))).size;
    },
    controls: {
      "office-dies": {
        label: "The box office dies after its next call",
        press: async () => void (officeDies = !officeDies),
        isOn: () => officeDies,
      },
      "relay-dies": {
        label: "The relay dies again and again, each time one call later",
        press: async () => void (relayDies = !relayDies),
        isOn: () => relayDies,
      },
      slow: {
        label: "The next transaction draws its id and commits when this is off",
        async press() {
          slow = !slow;
          if (slow) return;
          commit?.();
          commit = undefined;
          await relay();
        },
        isOn: () => slow,
      },
    },
  };
}

class Crash extends Error {
  override readonly name = "Crash";
}

/** A process that dies when it makes one call more. */
function mortal(world: World, calls: number): World {
  let left = calls;
  return new Proxy(world, {
    get(target, name) {
      const call = Reflect.get(target, name, target) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]): Promise<unknown> => {
        if (left === 0) throw new Crash();
        left -= 1;
        return call(...args);
      };
    },
  });
}

async function orCrash(act: Promise<void>): Promise<void> {
  await act.catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
}
