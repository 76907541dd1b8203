import type { Stage } from "@counterpoint/workshop/stage";
import { openEvening } from "./tests/evening.ts";

const LAG_MS = 900;

/** Has a customer reserve a seat and look at the page at once, with the token; shows what they read. Time is manual. */
export async function createStage(): Promise<Stage> {
  const evening = await openEvening(0);
  const read = new Map<string, number | string>();
  let lags = false;
  let stands = false;
  let elsewhere = false;
  return {
    commands: ["reserve"],
    async deliver(events) {
      for (const { stream } of events) {
        const token = await evening.office.reserve(stream);
        const office = elsewhere ? evening.open() : evening.office;
        read.set(stream, inWords(await evening.outcomeOf(office.free(stream, token))));
      }
    },
    read: async (concert) => read.get(concert) ?? 20,
    controls: {
      lags: {
        label: `The view lags ${LAG_MS} ms`,
        async press() {
          lags = !lags;
          evening.projector.setDelay(lags ? LAG_MS : 0);
        },
        isOn: () => lags,
      },
      stands: {
        label: "The view stands still",
        async press() {
          stands = !stands;
          if (stands) evening.projector.pause();
          else await evening.projector.resume();
          await evening.time.settle();
        },
        isOn: () => stands,
      },
      elsewhere: {
        label: "Another process answers the read",
        press: async () => void (elsewhere = !elsewhere),
        isOn: () => elsewhere,
      },
    },
  };
}

function inWords(outcome: Awaited<ReturnType<Evening["outcomeOf"]>>): number | string {
  if (!outcome) return "no answer in 10 s";
  if ("free" in outcome) return outcome.free;
  const { error } = outcome;
  if (error instanceof Error && "code" in error && error.code === "STALE") return "stale";
  throw error;
}

type Evening = Awaited<ReturnType<typeof openEvening>>;
