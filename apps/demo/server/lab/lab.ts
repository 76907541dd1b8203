import type { Clock, EventLog, Scheduler } from "@counterpoint/events";
import type { Projection, ProjectionStore } from "@counterpoint/read-model";
import { Bursts } from "./burst/bursts.ts";
import type { Dispatch, OpenSpareStore } from "./burst/targets.ts";
import { ownTarget, spareTarget } from "./burst/targets.ts";
import { Crew } from "./crew.ts";
import type { Faults } from "./faults.ts";
import { labHandlers } from "./handlers.ts";
import { withPlantedBug } from "./planted-bug.ts";
import { LabRebuilds, replacementOf } from "./rebuilds.ts";

interface LabOptions {
  readonly store: ProjectionStore & EventLog;
  readonly storeName: string;
  /** The read model that the lab plays with. */
  readonly projection: Projection;
  /** The name of the one that is always as fresh as the log. */
  readonly sync: string;
  readonly openSpareStore: OpenSpareStore;
  /** Sends a command as the demo's own bus does. */
  readonly dispatch: Dispatch;
  readonly delayMs: number;
  readonly createId: () => string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** Sets the lab up: the workers that keep the eventual read model, what can go wrong with them, and the controls. */
export function createLab(options: LabOptions) {
  const { store, storeName, projection, sync, delayMs, createId, clock, scheduler } = options;
  const bug = { isPlanted: false };
  const faults: Faults = {
    ...{ crash: "never", duplicates: false, wakeUps: "on time" },
    paceMs: (batch) => rebuilds.paceMs(batch),
  };
  const crew = new Crew({
    ...{ store, faults, delayMs, createId, clock, scheduler },
    projection: withPlantedBug(projection, () => bug.isPlanted),
  });
  const eventual = projection.name;
  const model = store.readModel(projection);
  const rebuilds = new LabRebuilds({
    ...{ clock, scheduler },
    replacement: replacementOf(projection),
    begin: (mode) => crew.rebuild(eventual, { mode }),
    head: () => store.head(),
    async position(mode) {
      const { projections, rebuilds } = await crew.status();
      return mode === "beside" ? rebuilds[0]?.position : projections[0]?.position;
    },
    countUsers: async () => (await model.find({ limit: 1 })).total,
    changed: () => crew.changed(),
  });
  const bursts = new Bursts({
    scheduler,
    nowMs: () => performance.now(),
    changed: () => crew.changed(),
  });
  crew.alsoStop(() => bursts.stop());
  const handlers = labHandlers({
    ...{ storeName, crew, faults, bug, rebuilds, eventual, sync, bursts },
    openTarget: async (inline, metadata) =>
      inline === 1
        ? ownTarget(options.dispatch, crew, metadata)
        : spareTarget(inline, {
            ...{ createId, clock, scheduler },
            openSpareStore: options.openSpareStore,
          }),
  });
  return { crew, handlers };
}
