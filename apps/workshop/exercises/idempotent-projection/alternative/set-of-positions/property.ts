import fc from "fast-check";
import type { SeatEvent } from "./projection.ts";

/** A view as the property sees it. */
export interface View {
  handle(event: SeatEvent): Promise<void>;
  /** Handles an event and dies after so many saves; a new process goes on over the same storage. */
  handleAndCrash(event: SeatEvent, saves: number): Promise<void>;
  /** The process ends, a new one goes on over the same storage. */
  restart(): void;
  free(stream: string): Promise<number>;
}

type Step =
  | { readonly do: "record"; readonly type: SeatEvent["type"]; readonly stream: string }
  | { readonly do: "crash"; readonly type: SeatEvent["type"]; readonly stream: string }
  | { readonly do: "restart" }
  | { readonly do: "replay"; readonly from: number };

const type = fc.constantFrom<SeatEvent["type"]>("SeatReserved", "SeatReleased");
const stream = fc.constantFrom("a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("record" as const), type, stream }),
  fc.record({ do: fc.constant("crash" as const), type, stream }),
  fc.constant({ do: "restart" as const }),
  fc.record({ do: fc.constant("replay" as const), from: fc.nat() }),
);

/** A script of steps; replays go back to any event and come forward again. */
export function property(makeView: () => View) {
  return fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
    const view = makeView();
    const log: SeatEvent[] = [];
    for (const step of steps) {
      if (step.do === "restart") view.restart();
      else if (step.do === "replay") {
        for (const event of log.slice(step.from % (log.length + 1))) await view.handle(event);
      } else {
        const { type, stream } = step;
        const version = log.filter((event) => event.stream === stream).length + 1;
        const event = { type, stream, version, position: 10 * (log.length + 1) };
        log.push(event);
        if (step.do === "crash") await view.handleAndCrash(event, 1);
        await view.handle(event);
      }
    }
    for (const stream of ["a", "b", "c"]) {
      const own = log.filter((event) => event.stream === stream);
      const reserved = own.filter(({ type }) => type === "SeatReserved").length;
      const expected = 20 - reserved + (own.length - reserved);
      const free = await view.free(stream);
      if (free !== expected) throw new Error(`${stream}: ${free} instead of ${expected}`);
    }
  });
}
