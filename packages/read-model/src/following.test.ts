import { expect, it } from "vitest";
import { createProjector } from "./projector.ts";
import { createReactor } from "./reactor.ts";

const store = {} as never; // options are refused before anything is asked of it
const shared =
  "batchSize, pollIntervalMs, delayMs, maxWaiters, retryDelayMs, owner, leaseMs, onBatch, onListenerError, clock, scheduler";

it("refuses an option that a projector does not know", () => {
  const options = { projections: [], pollInterval: 10 };
  expect(() => createProjector(store, options)).toThrow(
    new TypeError(
      `createProjector has no option pollInterval; it has: ${shared}, projections, inline.`,
    ),
  );
});

it("refuses to follow what is no list", () => {
  expect(() => createProjector(store, {} as never)).toThrow(
    new TypeError("Expected createProjector({ projections }) to be a list, got undefined."),
  );
  expect(() => createReactor(store, { reactions: {} } as never)).toThrow(
    new TypeError("Expected createReactor({ reactions }) to be a list, got object."),
  );
});

it("refuses an option that a reactor does not know", () => {
  const options = { reactions: [], retries: 3 };
  expect(() => createReactor(store, options)).toThrow(
    new TypeError(`createReactor has no option retries; it has: ${shared}, reactions.`),
  );
});
