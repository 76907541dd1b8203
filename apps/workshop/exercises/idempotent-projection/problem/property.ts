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

const type = fc.constantFrom<SeatEvent["type"]>("SeatReserved", "SeatReleased");
const stream = fc.constantFrom("concert-1", "concert-2");

/** Whatever is delivered again, and whenever the process dies: the view is what each event once makes it. */
export function property(makeView: () => View) {
  return fc.asyncProperty(fc.array(fc.record({ type, stream })), async (facts) => {
    const view = makeView();
    const log: SeatEvent[] = [];
    for (const { type, stream } of facts) {
      const version = log.filter((event) => event.stream === stream).length + 1;
      const event = { type, stream, version, position: log.length + 1 };
      log.push(event);
      await view.handle(event);
    }
    for (const stream of ["concert-1", "concert-2"]) {
      if ((await view.free(stream)) !== freeAfter(log, stream)) return false;
    }
    return true;
  });
}

function freeAfter(log: readonly SeatEvent[], stream: string): number {
  const own = log.filter((event) => event.stream === stream);
  return own.reduce((free, { type }) => free + (type === "SeatReserved" ? -1 : 1), 20);
}
