/** The state of an aggregate at one version, kept so that loading need not fold everything before it. */
export interface Snapshot {
  /** JSON. */
  readonly state: unknown;
  readonly version: number;
  /** The position of the event with that version. */
  readonly position: number;
  /** The schema under which the state was folded; a repository passes over snapshots of another one. */
  readonly schema: number;
}

/** Keeps the latest snapshot of each stream: an optimisation, never the truth. */
export interface SnapshotStore {
  /** @returns `undefined` when there is none. */
  loadSnapshot(stream: string): Promise<Snapshot | undefined>;

  /**
   * Replaces the stream's snapshot. One of the same schema that is newer already stays.
   *
   * @throws {EventStoreError} `INVALID_EVENT` when the state is not JSON.
   */
  saveSnapshot(stream: string, snapshot: Snapshot): Promise<void>;
}
