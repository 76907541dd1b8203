import type { RecordedEvent } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";

/**
 * Gives a projection a bug that can be planted and repaired while it runs: it takes the surname Null for no name at all,
 * and throws. The events are sound; every other read model applies them.
 */
export function withPlantedBug<TDocument>(
  projection: Projection<TDocument>,
  isPlanted: () => boolean,
): Projection<TDocument> {
  return {
    ...projection,
    apply(document, event) {
      if (isPlanted() && isMisread(event)) throw new Error("the name is null");
      return projection.apply(document, event);
    },
    as: (name) => withPlantedBug(projection.as(name), isPlanted),
  };
}

function isMisread({ payload }: RecordedEvent): boolean {
  if (typeof payload !== "object" || payload === null || !("name" in payload)) return false;
  return typeof payload.name === "string" && /(^|\s)null$/i.test(payload.name);
}
