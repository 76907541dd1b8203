import type { RecordedEvent } from "@counterpoint/events";

/**
 * Plays one exercise in the demo: what the learner wrote, over storage and delivery that misbehave on demand.
 *
 * Made by `createStage` of the exercise's `demo.ts`. The demo plays two of them with the same events and the same buttons,
 * one with the learner's code and one with the solution, each in a process of its own.
 */
export interface Stage {
  /** Takes the next events of the log, in order. */
  deliver(events: readonly SeatEvent[]): Promise<void>;
  /** What the read model says of a concert. */
  free(concert: string): Promise<number>;
  /** What else may happen, by the name that it has in addresses. */
  readonly controls: Readonly<Record<string, StageControl>>;
}

export type SeatEvent = RecordedEvent<"SeatReserved" | "SeatReleased">;

/** A button. */
export interface StageControl {
  /** `Deliver the last event again` */
  readonly label: string;
  press(): Promise<void>;
  /** Of a switch, whether it is on. Default: it is a button that does something at once. */
  isOn?(): boolean;
}
