import type { Stage } from "@counterpoint/workshop/stage";
import { fold } from "@counterpoint/write-model";
import type { ConcertEvent } from "./exercise.ts";
import { concert, free, release, reserve } from "./exercise.ts";
import { released, reserved } from "./tests/desk.ts";

type State = typeof concert.initial;

/** Decides what was asked for and folds what was decided; on demand it takes events as history, which nobody decides any more. */
export function createStage(): Stage {
  const logs = new Map<string, ConcertEvent[]>();
  const states = new Map<string, State>();
  let history = false;
  let last: { readonly stream: string; readonly seat: string } | undefined;

  const stateOf = (stream: string): State => states.get(stream) ?? concert.initial;
  const record = (stream: string, events: readonly ConcertEvent[]): void => {
    logs.set(stream, [...(logs.get(stream) ?? []), ...events]);
    states.set(stream, events.reduce(concert.evolve, stateOf(stream)));
  };
  /** Everybody has one seat. */
  const customerOf = (seat: string): string => `who has ${seat}`;

  return {
    async deliver(events) {
      for (const { type, stream, payload } of events) {
        const { seat } = payload as { readonly seat: string };
        const isReserved = type === "SeatReserved";
        if (history) record(stream, [isReserved ? reserved(seat, "ada") : released(seat)]);
        else if (isReserved) record(stream, reserve(stateOf(stream), seat, customerOf(seat)));
        else record(stream, release(stateOf(stream), seat));
        last = isReserved ? { stream, seat } : undefined;
      }
    },
    read: async (stream) => {
      const events = logs.get(stream)?.length ?? 0;
      return `${free(stateOf(stream))} free, events: ${events}`;
    },
    controls: {
      history: {
        label: "What comes is history, and all seats are ada's",
        press: async () => void (history = !history),
        isOn: () => history,
      },
      again: {
        label: "The last customer clicks again",
        async press() {
          if (!last || history) return;
          const { stream, seat } = last;
          record(stream, reserve(stateOf(stream), seat, customerOf(seat)));
        },
      },
      load: {
        label: "Load the concerts again",
        async press() {
          for (const [stream, log] of logs) states.set(stream, fold(concert, concert.initial, log));
        },
      },
    },
  };
}
