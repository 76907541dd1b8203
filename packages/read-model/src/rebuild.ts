import type { Following } from "./following.ts";
import { PartitionRun } from "./partition-run.ts";
import type { ProjectionStore } from "./projection-store.ts";
import type { Projection } from "./projection.ts";
import type { FollowerOptions } from "./following.ts";
import { ReadModelError } from "./read-model-error.ts";

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly name: string;
  readonly mode: "in place" | "beside";
  /** Up to where it is rebuilt. */
  readonly position: number;
  /** Where the read model stood when it began; it is done when it has got there. */
  readonly target: number;
  /** Events between the two; a bound, as positions have gaps. */
  readonly remaining: number;
  readonly startedAtMs: number;
}

/** The name under which a read model grows that will take another's place. */
export function replacementOf(projection: Projection): Projection {
  return projection.as(`${projection.name}__next`);
}

/** Builds read models beside those that answer meanwhile, and swaps them in. */
export class Rebuilds {
  readonly #store: ProjectionStore;
  readonly #following: Following;
  readonly #under = new Map<string, { run: PartitionRun; target: number; startedAtMs: number }>();

  constructor(store: ProjectionStore, following: Following) {
    this.#store = store;
    this.#following = following;
  }

  /** Resolves when the new documents answer. A rebuild that was interrupted goes on from its checkpoint. */
  async beside(projection: Projection, options: FollowerOptions): Promise<void> {
    const { name } = projection;
    if (this.#under.has(name)) {
      throw new ReadModelError("UNAVAILABLE", `${name} is being rebuilt already.`);
    }
    const replacement = replacementOf(projection);
    const run = new PartitionRun(
      replacement,
      0,
      this.#following.runOptions({
        options,
        handle: (events, step) =>
          this.#store.applyBatch({ ...step, projection: replacement, events }),
      }),
    );
    const target = await this.#store.loadCheckpoint(projection);
    this.#under.set(name, { run, target, startedAtMs: this.#following.clock.now() });
    try {
      await this.#store.prepare(replacement);
      await run.start();
      await run.waitFor(target, { timeoutMs: Infinity });
      await run.stop();
      await this.#store.replace(projection, replacement);
    } finally {
      this.#under.delete(name);
      await run.stop();
      this.#following.changed();
    }
    if (this.#following.names.includes(name)) this.#following.lookAgain(name);
  }

  /** Tells whether a rebuild was begun, here or before a restart, and has not come to its end. */
  async isBegun(projection: Projection): Promise<boolean> {
    return (await this.#store.loadProgress(replacementOf(projection))).length > 0;
  }

  progress(): readonly RebuildProgress[] {
    return [...this.#under].map(
      ([
        name,
        {
          run: { position },
          target,
          startedAtMs,
        },
      ]) => ({
        ...({ name, mode: "beside", position, target, startedAtMs } as const),
        remaining: Math.max(0, target - position),
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#under.values()].map(({ run }) => run.stop()));
  }
}
