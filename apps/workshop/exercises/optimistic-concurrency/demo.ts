import type { EventStore } from "@counterpoint/events";
import { createMemoryStore } from "@counterpoint/memory";
import type { Stage } from "@counterpoint/workshop/stage";
import type { BoxOffice, Request } from "./exercise.ts";
import { createBoxOffice } from "./exercise.ts";

/** Has customers ask for seats, on demand two at once; counts whom the box office has said yes to. */
export function createStage(): Stage {
  const halls = new Map<
    string,
    { readonly office: BoxOffice; accepted: number; version: number }
  >();
  let twoAtOnce = false;
  let oldPage = false;

  async function ask(concert: string, request: Request): Promise<void> {
    const hall = hallOf(concert);
    const version = await hall.office.reserve(request).catch(() => undefined);
    if (version === undefined) return;
    hall.accepted += 1;
    hall.version = Math.max(hall.version, version);
  }
  function hallOf(concert: string) {
    const known = halls.get(concert);
    if (known) return known;
    const made = {
      office: createBoxOffice(unhurried(createMemoryStore())),
      accepted: 0,
      version: 0,
    };
    halls.set(concert, made);
    return made;
  }

  return {
    commands: ["reserve"],
    async deliver(events) {
      for (const { stream, payload } of events) {
        const { seat } = payload as { readonly seat: string };
        const { version } = hallOf(stream);
        if (oldPage && version > 0) await ask(stream, { seat: `${seat}+`, seen: version - 1 });
        await Promise.all((twoAtOnce ? [1, 2] : [1]).map(() => ask(stream, { seat })));
      }
    },
    read: async (concert) => 20 - hallOf(concert).accepted,
    controls: {
      "two-at-once": {
        label: "Two customers want the same seat at once",
        press: async () => void (twoAtOnce = !twoAtOnce),
        isOn: () => twoAtOnce,
      },
      "old-page": {
        label: "Before each, somebody with an old page asks for another seat",
        press: async () => void (oldPage = !oldPage),
        isOn: () => oldPage,
      },
    },
  };
}

/** A store whose every call lets others go first: who reads at once, reads the same. */
function unhurried(store: EventStore): EventStore {
  const pause = () => new Promise<void>((go) => setImmediate(go));
  return {
    async append(append) {
      await pause();
      return store.append(append);
    },
    async readStream(stream, options) {
      await pause();
      return store.readStream(stream, options);
    },
  };
}
