import { createMemoryStore } from "@counterpoint/memory";
import { withFaults } from "@counterpoint/testing";
import { SeatReserved, createBoxOffice, createEvents } from "../exercise.ts";

export const NAMES = ["mailer", "statistics", "printer"] as const;
export type Name = (typeof NAMES)[number];

/** Who fails, and whether before or after a promise is there. */
export interface Failures {
  readonly names: readonly Name[];
  readonly how: "throws" | "rejects";
}

/** What becomes of the write. */
export type Write = "is committed" | "meets a taken seat" | "fails";

/** Every set of failing subscribers, the smallest first, and both ways to fail. */
export const FAILURES: readonly Failures[] = [1, 2, 4, 3, 5, 6, 7].flatMap((bits) =>
  (["throws", "rejects"] as const).map((how) => ({
    names: NAMES.filter((_, index) => bits & (1 << index)),
    how,
  })),
);

export const NONE: Failures = { names: [], how: "throws" };

export const RESERVED: ReturnType<typeof SeatReserved> = SeatReserved({
  seat: "A1",
  customer: "ada",
});

/** Subscribers that write down what reaches them. */
export class Audience {
  readonly heard: unknown[] = [];
  readonly told: Name[] = [];
  readonly finished: Name[] = [];
  readonly errors: readonly Error[];

  constructor(events: ReturnType<typeof createEvents>, { names, how }: Failures) {
    const errors = new Map(names.map((name) => [name, new Error(`the ${name} is out of order`)]));
    this.errors = [...errors.values()];
    for (const name of NAMES) {
      events.subscribe((event) => {
        this.heard.push(event);
        this.told.push(name);
        const error = errors.get(name);
        if (error && how === "throws") throw error;
        return this.#finish(name, error);
      });
    }
  }

  async #finish(name: Name, error: Error | undefined): Promise<void> {
    if (error) await Promise.reject(error);
    await settle();
    this.finished.push(name);
  }
}

/** Has ada reserve A1, and sees what comes of it once everything is quiet. */
export async function reserve(write: Write, failures: Failures) {
  const kept = createMemoryStore();
  if (write === "meets a taken seat") await kept.append({ stream: "seat-A1", events: [RESERVED] });
  const { store } = withFaults(kept, ({ method }) =>
    write === "fails" && method === "append" ? { kind: "fail" } : undefined,
  );
  const events = createEvents();
  const audience = new Audience(events, failures);
  const reports: unknown[] = [];
  const bus = createBoxOffice({ store, events, report: (error) => reports.push(error) });
  const command = { type: "ReserveSeat", payload: RESERVED.payload } as const;
  const error: unknown = await bus.dispatch(command).then(
    () => undefined,
    (error: unknown) => error ?? new Error("It rejected without a reason."),
  );
  for (let turn = 0; turn < 2 * NAMES.length; turn++) await settle(); // they may come one after the other
  return { audience, error, reports };
}

/** Lets run what can. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
