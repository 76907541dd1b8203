import type { Clock, EventLog, EventStore, Upcaster } from "@counterpoint/events";
import type { Projection, ProjectionStore } from "@counterpoint/read-model";
import type { SnapshotStore, StateStore } from "@counterpoint/write-model";

/** One promise of a port, as a test that any runner can run: `for (const { name, run } of cases) it(name, run)`. */
export interface ContractCase {
  /** The part of the contract that it belongs to, for grouping. */
  readonly area: string;
  /** A fact in the present tense; unique within its suite. */
  readonly name: string;
  /** Opens a store of its own, and rejects when the adapter breaks the promise. */
  run(): Promise<void>;
}

/** What a case asks of a store that is opened for it. */
export interface OpenOptions {
  /** Projections to apply in the transaction of each append. */
  readonly inline?: readonly Projection[];
  readonly upcast?: Upcaster;
  readonly clock?: Clock;
  readonly createId?: () => string;
  /** Hears what listeners of `onAppend` throw. */
  readonly onListenerError?: (error: unknown) => void;
}

/** A store and the way to get rid of it. */
export interface Opened<TStore> extends AsyncDisposable {
  readonly store: TStore;
  /**
   * Opens one more store on the same data, as another process would. Left out: the one store object serves everybody,
   * which is right only for a store that cannot be opened twice.
   */
  another?(): Promise<TStore>;
  /** Lets time pass by the store's own clock; milliseconds. Left out: the store keeps to `clock` of the options. */
  pass?(ms: number): Promise<void>;
}

/**
 * Opens a fresh, empty store. How it is kept apart from the others (a schema of its own, tables emptied before) is up to
 * the adapter; no two are open at the same time.
 */
export type OpenStore<TStore> = (options: OpenOptions) => Promise<Opened<TStore>>;

/** Every port that an adapter of the whole house provides. */
export type StorePorts = EventStore & EventLog & StateStore & SnapshotStore & ProjectionStore;

/** Asserts one promise on an open store. */
export type CaseBody<TStore> = (store: TStore, opened: Opened<TStore>) => Promise<void>;

/** A case whose store is opened with options, made anew for each run. */
export interface CaseSetup<TStore> {
  prepare(): readonly [options: OpenOptions, body: CaseBody<TStore>];
}

/** Turns named bodies into cases that open and close a store each. */
export function casesOf<TStore>(
  area: string,
  open: OpenStore<TStore>,
  bodies: Readonly<Record<string, CaseBody<TStore> | CaseSetup<TStore>>>,
): readonly ContractCase[] {
  return Object.entries(bodies).map(([name, given]) => {
    return {
      area,
      name,
      async run() {
        const [options, body] = typeof given === "function" ? [{}, given] : given.prepare();
        await using opened = await open(options);
        await body(opened.store, opened);
      },
    };
  });
}

/** Writes down a case whose store is opened with options. */
export function opened<TStore>(options: OpenOptions, body: CaseBody<TStore>): CaseSetup<TStore> {
  return { prepare: () => [options, body] };
}
