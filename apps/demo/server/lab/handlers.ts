import type { Projector } from "@counterpoint/read-model";
import type { CheckpointMove } from "./checkpoint-moves.ts";
import type { LabStatus } from "./messages.ts";

interface LabOptions {
  readonly storeName: string;
  readonly projector: Projector;
  /** The read model that the lab plays with. */
  readonly eventual: string;
  /** The read model that is always as fresh as the log. */
  readonly sync: string;
  /** When the checkpoint of the eventual model last moved. */
  readonly moves: () => readonly CheckpointMove[];
}

/** The handlers behind the lab's controls and its instruments. */
export function labHandlers({ storeName, projector, eventual, sync, moves }: LabOptions) {
  return {
    setDelay: ({ delay_ms }: { delay_ms: number }) => projector.setDelay(delay_ms),
    pause: () => projector.pause(eventual),
    resume: () => projector.resume(eventual),
    rebuild: () => projector.rebuild(eventual),

    async status(): Promise<LabStatus> {
      const { head, delayMs, projections } = await projector.status();
      const inline = { state: "inline", position: head, lag: { events: 0, ms: 0 } } as const;
      return {
        store: storeName,
        head,
        delay_ms: delayMs,
        models: [
          { name: sync, consistency: "sync", ...inline },
          ...projections.map(({ name, state, position, lag, error }) => ({
            ...{ name, consistency: "eventual" as const, state, position, lag },
            ...(error !== undefined && { error }),
          })),
        ],
        moves: moves(),
      };
    },
  };
}
