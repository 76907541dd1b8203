import { copyJson } from "@counterpoint/events";
import type { Snapshot } from "@counterpoint/write-model";

/** Keeps the latest snapshot of each stream. */
export class MemorySnapshots {
  readonly #snapshots = new Map<string, Snapshot>();

  load(stream: string): Snapshot | undefined {
    const snapshot = this.#snapshots.get(stream);
    return snapshot && copySnapshot(stream, snapshot);
  }

  save(stream: string, snapshot: Snapshot): void {
    const kept = this.#snapshots.get(stream);
    if (kept?.schema === snapshot.schema && kept.version > snapshot.version) return;
    this.#snapshots.set(stream, copySnapshot(stream, snapshot));
  }
}

function copySnapshot(stream: string, snapshot: Snapshot): Snapshot {
  return { ...snapshot, state: copyJson(snapshot.state, `snapshot of ${stream}`) };
}
