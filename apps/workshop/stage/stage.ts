import type { RecordedEvent } from "@counterpoint/events";

/**
 * Plays one exercise in the demo: what the learner wrote, over storage and delivery that misbehave on demand.
 *
 * Made by `createStage` of the exercise's `demo.ts`, which imports what the learner wrote from `exercise.ts`, as tests do. The
 * demo plays two of them with the same events and the same buttons, one with the learner's code and one with the solution,
 * each in a process of its own.
 */
export interface Stage {
  /** What somebody can ask for; the rest has no button. Default: both. */
  readonly commands?: readonly ("reserve" | "release")[];
  /** Takes the next events of the log, in order: to a projection as they are, to a handler as what was asked for. */
  deliver(events: readonly SeatEvent[]): Promise<void>;
  /** What people read of a concert: how many seats are free, or a text where that is not all. */
  read(concert: string): Promise<number | string>;
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
