import type { Clock, EventLog, Scheduler } from "@counterpoint/events";
import type { Lag } from "./lag.ts";
import { lagBehind } from "./lag.ts";
import { ReadModelError } from "./read-model-error.ts";

const LAG_PATIENCE_MS = 1_000;

interface Surroundings {
  readonly store: EventLog;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** Makes the error for a reader who waited in vain, with the lag. It never rejects, and takes a second at the most. */
export async function staleError(
  name: string,
  position: number,
  wanted: number,
  surroundings: Surroundings,
): Promise<ReadModelError<"STALE">> {
  const lag = await lagInTime(position, surroundings);
  const behind = lag ? `, ${lag.ms} ms behind the log` : "";
  return new ReadModelError(
    "STALE",
    `${name} is at position ${position}${behind}; ${wanted} was asked for.`,
    { details: { projection: name, position, wanted, lag } },
  );
}

/** Who has waited long enough is not kept for ever by a store that does not answer. */
function lagInTime(
  position: number,
  { store, clock, scheduler }: Surroundings,
): Promise<Lag | undefined> {
  return new Promise((resolve) => {
    const timer = scheduler.after(LAG_PATIENCE_MS, () => resolve(undefined));
    void lagBehind(store, clock, position)
      .then(({ events, ms }) => ({ events, ms }))
      .catch(() => undefined)
      .then((lag) => {
        timer[Symbol.dispose]();
        resolve(lag);
      });
  });
}
