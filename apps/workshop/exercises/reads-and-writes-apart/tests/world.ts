import type { Message } from "@counterpoint/bus";
import { show } from "@counterpoint/workshop/grading";
import type { Page, Reservation } from "../exercise.ts";
import { createBoxOffice } from "../exercise.ts";

export interface Asker {
  /** Who is signed in; `undefined`: nobody. */
  readonly actor: string | undefined;
  /** Whom the payload names. Default: who is signed in. */
  readonly claims?: string;
}

export interface Refused {
  readonly refused: string;
}

export interface World {
  find(asker: Asker, limit: number): Promise<Page | Refused>;
  cancel(asker: Asker, id: string): Promise<"cancelled" | Refused>;
  has(id: string): boolean;
}

/** A box office over these reservations, asked as a browser would ask it. */
export function createWorld(reservations: readonly Reservation[]): World {
  const rows = new Map(reservations.map((each) => [each.id, each]));
  const { commands, queries } = createBoxOffice(rows);
  // The learner may change the payload's type; a browser sends what it likes.
  const send = async (
    bus: { dispatch(message: never, options: object): Promise<unknown> },
    { actor, claims = actor }: Asker,
    { type, payload }: Message<string, object>,
  ): Promise<unknown> => {
    const metadata = actor === undefined ? {} : { actor };
    const message = { type, payload: { actor: claims, ...payload } };
    return bus.dispatch(message as never, { metadata });
  };
  return {
    find: (asker, limit) =>
      orRefused(
        send(queries, asker, { type: "FindReservations", payload: { limit } }) as Promise<Page>, // the result is the exercise's own type
      ),
    cancel: (asker, id) =>
      orRefused(
        send(commands, asker, { type: "CancelReservation", payload: { id } }).then(
          () => "cancelled" as const,
        ),
      ),
    has: (id) => rows.has(id),
  };
}

function orRefused<T>(answer: Promise<T>): Promise<T | Refused> {
  return answer.catch((error: unknown) => ({ refused: show(error) }));
}
