import type { Clock } from "@counterpoint/events";
import type { Lease, ProjectionBatch } from "@counterpoint/read-model";
import type { FaultCounts } from "./faults.ts";
import { noCounts } from "./faults.ts";

/** The end of a worker, and what became of its work. */
export interface Death {
  readonly how: "crashed before" | "crashed after" | "killed";
  readonly worker: string;
  readonly at_ms: number;
  /** The batch that was under way. */
  readonly batch: { readonly from: number; readonly to: number; readonly events: number } | null;
  /** What the store had as the checkpoint right after; `null` until it has answered. */
  readonly checkpoint: number | null;
  /** Who took the lease next. */
  readonly successor: {
    readonly worker: string;
    readonly after_ms: number;
    /** The checkpoint from which it goes on. */
    readonly from: number;
  } | null;
  /** How many events of the batch the successor has applied. */
  readonly applied_by_successor: number;
}

interface ChronicleOptions {
  /** The name of the projection that this is about. */
  readonly projection: string;
  /** Asks the store for the checkpoint. */
  readonly loadCheckpoint: () => Promise<number>;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** Writes down what happens to the workers, so that people can be told why nothing was lost. */
export class Chronicle {
  readonly #options: ChronicleOptions;
  #death: Death | undefined;
  #counts = noCounts();
  /** The furthest position that was applied; what is applied again lies below. */
  #furthest = 0;

  constructor(options: ChronicleOptions) {
    this.#options = options;
  }

  get counts(): FaultCounts {
    return this.#counts;
  }

  /** How the last worker that died came to its end. */
  get lastDeath(): Death | undefined {
    return this.#death;
  }

  died(worker: string, how: Death["how"], batch: ProjectionBatch | undefined): void {
    const at_ms = this.#options.clock.now();
    this.#death = {
      ...{ how, worker, at_ms, checkpoint: null, successor: null, applied_by_successor: 0 },
      batch: batch ? { from: batch.from, to: batch.to, events: batch.events.length } : null,
    };
    void this.#options.loadCheckpoint().then(
      (checkpoint) => this.#told(at_ms, { checkpoint }),
      () => {}, // the store does not answer: then nobody knows
    );
  }

  leads(worker: string, { position }: Lease): void {
    const death = this.#death;
    if (death?.successor !== null) return;
    const after_ms = this.#options.clock.now() - death.at_ms;
    this.#told(death.at_ms, { successor: { worker, after_ms, from: position } });
  }

  applied({ projection, events }: ProjectionBatch): void {
    if (projection.name !== this.#options.projection) return;
    const again = events.filter(({ position }) => position <= this.#furthest).length;
    this.#furthest = Math.max(this.#furthest, events.at(-1)?.position ?? 0);
    this.count({ events_applied: events.length, events_applied_twice: again });
    const { batch, successor, at_ms, applied_by_successor } = this.#death ?? {};
    if (!batch || !successor || at_ms === undefined) return;
    const own = events.filter(({ position }) => position > batch.from && position <= batch.to);
    if (own.length === 0) return;
    this.#told(at_ms, { applied_by_successor: (applied_by_successor ?? 0) + own.length });
  }

  count(more: Partial<FaultCounts>): void {
    const counts = { ...this.#counts };
    for (const [name, number] of Object.entries(more)) {
      counts[name as keyof FaultCounts] += number; // its own keys, as the type says
    }
    this.#counts = counts;
    this.#options.changed();
  }

  /** From now on everything is applied for the first time again. */
  beginsAnew(): void {
    this.#furthest = 0;
  }

  /** Forgets deaths and counts. */
  forget(): void {
    this.#death = undefined;
    this.#counts = noCounts();
  }

  #told(at_ms: number, news: Partial<Death>): void {
    if (this.#death?.at_ms !== at_ms) return;
    this.#death = { ...this.#death, ...news };
    this.#options.changed();
  }
}
