import type { SeatEvent, Stage } from "@counterpoint/workshop/stage";
import { createSeatsView } from "./exercise.ts";
import { inProcess } from "./tests/process.ts";

/** Delivers each event as it comes, and again on demand, to a process that can die. */
export function createStage(): Stage {
  const view = inProcess(createSeatsView);
  const delivered: SeatEvent[] = [];
  let dies = false;
  return {
    async deliver(events) {
      for (const event of events) {
        delivered.push(event);
        if (dies) await view.handleAndCrash(event, 1);
        dies = false;
        await view.handle(event);
      }
    },
    read: (concert) => view.free(concert),
    controls: {
      "last-again": {
        label: "Deliver the last event again",
        async press() {
          for (const event of delivered.slice(-1)) await view.handle(event);
        },
      },
      "all-again": {
        label: "Deliver all events again",
        async press() {
          for (const event of delivered) await view.handle(event);
        },
      },
      restart: {
        label: "Restart the process",
        press: async () => view.restart(),
      },
      crash: {
        label: "Crash in the next event, after its first save",
        press: async () => void (dies = !dies),
        isOn: () => dies,
      },
    },
  };
}
