import type { SeatEvent, Stage } from "@counterpoint/workshop/stage";
import { STREAM, createEvening, oldSale } from "./tests/evening.ts";

const EUROS = 19.99;

/** Sells each seat; on demand a server of last year sells it, which records euros and mails its own ticket. */
export function createStage(): Stage {
  const evenings = new Map<string, Evening>();
  let lastYear = false;

  const eveningOf = (concert: string): Evening => {
    const known = evenings.get(concert);
    if (known) return known;
    const made = { ...createEvening(), sold: 0 };
    evenings.set(concert, made);
    return made;
  };
  const sell = async ({ stream, payload }: SeatEvent): Promise<void> => {
    const { seat } = payload as { readonly seat: string };
    const evening = eveningOf(stream);
    evening.sold += 1;
    if (!lastYear) {
      return evening.start().sell({ customer: "ada", seat, cents: Math.round(EUROS * 100) });
    }
    await evening.record([oldSale(EUROS)]);
    evening.mails.push(`${seat} to ada`);
  };

  return {
    commands: ["reserve"],
    async deliver(events) {
      for (const event of events) await sell(event);
    },
    async read(concert) {
      const { start, mails } = eveningOf(concert);
      const { sold, cents } = await start().takings();
      return `${20 - sold} free, ${cents} cents, tickets: ${mails.length}`;
    },
    controls: {
      rebuild: {
        label: "Rebuild",
        async press() {
          for (const { start } of evenings.values()) await start().rebuild();
        },
      },
      "last-year": {
        label: "A server of last year sells",
        press: async () => void (lastYear = !lastYear),
        isOn: () => lastYear,
      },
      snapshot: {
        label: "Last year's code leaves a snapshot",
        async press() {
          for (const { store, sold } of evenings.values()) {
            const state = { sold, euros: sold * EUROS };
            await store.saveSnapshot(STREAM, { state, version: sold, position: sold, schema: 1 });
          }
        },
      },
    },
  };
}

type Evening = ReturnType<typeof createEvening> & { sold: number };
