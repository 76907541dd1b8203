import type { Clock, Scheduler } from "@counterpoint/events";
import type { Projection, ProjectionBatch } from "@counterpoint/read-model";
import { LabError } from "./lab-error.ts";

export const REBUILD_MODES = ["in place", "beside"] as const;

export type RebuildMode = (typeof REBUILD_MODES)[number];

/** A rebuild, under way or the last one, and what its readers saw meanwhile. */
export interface RebuildStatus {
  readonly mode: RebuildMode;
  readonly state: "running" | "done" | "failed";
  /** How far it is, and where it wants to. */
  readonly position: number;
  readonly target: number;
  readonly ms: number;
  /** How many users the read model showed before, and the fewest that it showed meanwhile, in so many reads. */
  readonly users_before: number;
  readonly fewest_users: number;
  readonly reads: number;
  /** By how much each step was held up, so that people can watch; milliseconds. */
  readonly pace_ms: number;
  readonly error: string | null;
}

interface RebuildsOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The name under which a replacement is built. */
  readonly replacement: string;
  readonly begin: (mode: RebuildMode) => Promise<void>;
  readonly head: () => Promise<number>;
  /** How far the rebuild is; `undefined` when nobody knows. */
  readonly position: (mode: RebuildMode) => Promise<number | undefined>;
  /** Reads the read model as anybody would. @returns How many users it shows. */
  readonly countUsers: () => Promise<number>;
  readonly changed: () => void;
}

const LOOK_MS = 50;
/** A rebuild is slowed down to about this, but by no more than `SLOWEST_MS` a step of `STEP` events. */
const WATCHABLE_MS = 3_000;
const SLOWEST_MS = 400;
const STEP = 100;

/** Rebuilds the read model, slowly enough to be watched, and reads it all the while as its users would. */
export class LabRebuilds {
  readonly #options: RebuildsOptions;
  #status: RebuildStatus | undefined;

  constructor(options: RebuildsOptions) {
    this.#options = options;
  }

  get status(): RebuildStatus | undefined {
    return this.#status;
  }

  /** How long to hold a batch up that is part of a rebuild. */
  paceMs({ projection, from }: ProjectionBatch): number {
    if (this.#status?.state !== "running") return 0;
    const isPart =
      this.#status.mode === "beside"
        ? projection.name === this.#options.replacement
        : from < this.#status.target;
    return isPart ? this.#status.pace_ms : 0;
  }

  /** Resolves when it has begun. @throws {LabError} `REBUILD_UNDER_WAY` */
  async start(mode: RebuildMode): Promise<void> {
    if (this.#status?.state === "running") throw new LabError("REBUILD_UNDER_WAY");
    const { head, countUsers, clock } = this.#options;
    const beganAtMs = clock.now();
    this.#status = {
      ...{ mode, state: "running", position: 0, target: 0, ms: 0 },
      ...{ users_before: 0, fewest_users: 0, reads: 0, pace_ms: 0, error: null },
    };
    try {
      const [target, users] = await Promise.all([head(), countUsers()]);
      const steps = Math.max(1, Math.ceil(target / STEP));
      const pace_ms = Math.min(SLOWEST_MS, Math.round(WATCHABLE_MS / steps));
      this.#tell({ target, users_before: users, fewest_users: users, pace_ms });
      await this.#run(mode, beganAtMs);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Resolves in place when the read model is emptied, beside at once. */
  async #run(mode: RebuildMode, beganAtMs: number): Promise<void> {
    let isBuilt = false;
    const building = this.#options.begin(mode).then(() => void (isBuilt = true));
    if (mode === "in place") await building;
    void this.#watch(beganAtMs, () => isBuilt).catch((error: unknown) => this.#fail(error));
    building.catch((error: unknown) => this.#fail(error));
  }

  async #watch(beganAtMs: number, isBuilt: () => boolean): Promise<void> {
    const { scheduler, clock, countUsers, position } = this.#options;
    for (let status = this.#status; status?.state === "running"; status = this.#status) {
      const [users, reached] = await Promise.all([countUsers(), position(status.mode)]);
      const isThere = status.mode === "beside" || (reached ?? 0) >= status.target;
      const isDone = isBuilt() && isThere;
      this.#tell({
        position: isDone ? status.target : Math.min(reached ?? status.position, status.target),
        reads: status.reads + 1,
        fewest_users: Math.min(status.fewest_users, users),
        ms: clock.now() - beganAtMs,
        ...(isDone && { state: "done" as const }),
      });
      if (!isDone) await new Promise<void>((resolve) => void scheduler.after(LOOK_MS, resolve));
    }
  }

  #fail(error: unknown): void {
    this.#tell({ state: "failed", error: error instanceof Error ? error.message : String(error) });
  }

  #tell(news: Partial<RebuildStatus>): void {
    if (this.#status?.state !== "running") return;
    this.#status = { ...this.#status, ...news };
    this.#options.changed();
  }
}

/** The name under which the projector builds what will take the place of a read model. */
export function replacementOf({ name, version }: Pick<Projection, "name" | "version">): string {
  return `${name}__next${version}`;
}
