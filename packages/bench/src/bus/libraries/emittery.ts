import Emittery from "emittery";
import type { Library, Payload } from "../library.ts";

/** An emitter of events alone. */
export const emittery: Library = {
  publish(subscribers) {
    const emitter = new Emittery<Record<string, Payload>>();
    // One function is one listener there, however often it is added.
    for (const subscriber of subscribers) emitter.on("Event0", (payload) => subscriber(payload));
    return (payload) => emitter.emit("Event0", payload);
  },
};
