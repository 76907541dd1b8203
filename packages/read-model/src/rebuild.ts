import type { EventLog } from "@counterpoint/events";
import { partitionOf } from "./follower.ts";
import type { Following, FollowerOptions } from "./following.ts";
import { PartitionRun } from "./partition-run.ts";
import type { ProjectionSetup } from "./projector.ts";
import type { ProjectionStore } from "./projection-store.ts";
import { otherVersion } from "./progress-errors.ts";
import type { Projection } from "./projection.ts";
import { ReadModelError } from "./read-model-error.ts";
import { Throughput } from "./throughput.ts";

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly name: string;
  readonly mode: "in place" | "beside";
  /** Up to where it is rebuilt. */
  readonly position: number;
  /** The head of the log when it began, or went on. Beside, it is done soon after it has got there. */
  readonly target: number;
  /** Events between the two; a bound, as positions have gaps. */
  readonly remaining: number;
  /** Events replayed per second by this process, over the last ten seconds. */
  readonly eventsPerSecond: number;
  readonly startedAtMs: number;
}

interface UnderWay {
  readonly mode: RebuildProgress["mode"];
  readonly startedAtMs: number;
  readonly throughput: Throughput;
  target: number;
  position: () => number;
  /** Ends it; it can be gone on with. */
  cancel: () => void;
  isCancelled: boolean;
}

const LONGEST_NAME = 63;

/**
 * The name under which a read model grows that will take another's place. It tells the version, so that a worker of an
 * older release does not go on with what a newer one has begun.
 */
export function replacementOf(projection: Projection): Projection {
  const { name, version } = projection;
  const suffix = `__next${version}`;
  // Not by its own `as`: of a projection that was spread and changed, that may still be the one of before.
  const named = (name: string): Projection => ({ ...projection, name, as: named });
  if (name.length + suffix.length <= LONGEST_NAME) return named(name + suffix);
  const mark = `_${partitionOf(name, 2 ** 32).toString(36)}`; // tells long names apart that begin alike
  return named(name.slice(0, LONGEST_NAME - suffix.length - mark.length) + mark + suffix);
}

/** Tells whether a name is that of a replacement which an older version of a projection was to be replaced by. */
export function isLeftOver(name: string, projection: Projection): boolean {
  const version = Number(/__next(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  return version < projection.version && replacementOf({ ...projection, version }).name === name;
}

/** @throws {TypeError} When the name is one that replacements have. */
export function assertNoReplacement({ name }: Projection): void {
  if (!/__next\d+$/.test(name)) return;
  throw new TypeError(
    `Names that end with __next and a number are for replacements; rename ${name}.`,
  );
}

/** Empties read models, or builds new ones beside those that answer meanwhile and swaps them in. */
export class Rebuilds {
  readonly #store: ProjectionStore & EventLog;
  readonly #following: Following;
  readonly #under = new Map<string, UnderWay>();
  readonly #emptying = new Set<string>();
  readonly #failures = new Map<string, string>();
  readonly #ends = new Set<Promise<void>>();
  #look: Disposable | undefined;
  #isStopped = true;

  constructor(store: ProjectionStore & EventLog, following: Following) {
    this.#store = store;
    this.#following = following;
  }

  /** Resolves when the read model is emptied, and this process knows. */
  async inPlace(projection: Projection): Promise<void> {
    const { name } = projection;
    const run = this.#following.find(name);
    run.assertStarted();
    this.#refuseBeside(name);
    if (this.#emptying.has(name)) throw unavailable(name);
    this.#emptying.add(name);
    const target = await this.#store
      .reset(projection)
      .then(() => this.#store.head())
      .finally(() => this.#emptying.delete(name));
    run.restart();
    const { throughput } = run;
    const position = (): number => run.position;
    this.#note(name, { mode: "in place", target, throughput, position });
  }

  /** Resolves when the new documents answer, whichever worker has built them. */
  async beside(projection: Projection, options: FollowerOptions): Promise<void> {
    await this.#begin(projection, { options, isNew: false }, async (replacement) => {
      const [own] = await this.#store.loadProgress(projection);
      if (own && own.version > projection.version) throw otherVersion(projection, own.version);
      const [progress] = await this.#store.loadProgress(replacement);
      if (progress && progress.halted === undefined) throw unavailable(projection.name); // by another worker
      await this.#store.prepare(replacement);
      if (progress) await this.#store.reset(replacement); // built by handlers that have failed
    });
  }

  /**
   * Builds beside what the store has in an older version, and goes on with what was begun beside and has neither come to its
   * end nor failed: now, and whenever its worker dies.
   */
  async adopt(setups: readonly ProjectionSetup[]): Promise<void> {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    try {
      await this.#adopt(setups);
    } catch (error) {
      this.#isStopped = true;
      throw error;
    }
    this.#lookLater(setups);
  }

  progress(): readonly RebuildProgress[] {
    const nowMs = this.#following.clock.now();
    return [...this.#under].flatMap(([name, { mode, target, startedAtMs, ...underWay }]) => {
      const position = underWay.position();
      const remaining = Math.max(0, target - position);
      if (mode === "in place" && remaining === 0) {
        this.#under.delete(name);
        return [];
      }
      const eventsPerSecond = underWay.throughput.perSecond(nowMs);
      return [{ name, mode, position, target, remaining, eventsPerSecond, startedAtMs }];
    });
  }

  /** Why a new version cannot be built, while an older one answers. */
  failureOf(name: string): string | undefined {
    return this.#failures.get(name);
  }

  /** Lets new versions go on that could not be built, soon. */
  async resume(projections: readonly Projection[]): Promise<void> {
    const failed = projections.filter(({ name }) => this.#failures.has(name));
    await Promise.all(failed.map((each) => this.#store.clearHalt(replacementOf(each))));
    for (const { name } of failed) this.#noteFailure(name, undefined);
  }

  /** Ends what is under way, so that it can be gone on with. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#look?.[Symbol.dispose]();
    for (const underWay of this.#under.values()) {
      underWay.isCancelled = true;
      underWay.cancel();
    }
    await Promise.all(this.#ends);
    this.#under.clear();
  }

  #begin(
    projection: Projection,
    request: Request,
    prepare: (replacement: Projection) => Promise<void>,
  ): Promise<void> {
    const underWay = this.#note(projection.name, {
      ...{ mode: "beside", target: 0, position: () => 0 },
      throughput: new Throughput(),
    });
    const built = this.#build(projection, request, { underWay, prepare });
    const ended = built.catch(() => {}).finally(() => this.#ends.delete(ended)); // who asked for it hears of a failure
    this.#ends.add(ended);
    return built;
  }

  async #adopt(setups: readonly ProjectionSetup[]): Promise<void> {
    for (const { projection, ...options } of setups) {
      const { name, version } = projection;
      const [progress] = await this.#store.loadProgress(replacementOf(projection));
      const [own] = await this.#store.loadProgress(projection); // as the last: one just swapped in is not begun again
      const isNew = own !== undefined && own.version < version;
      this.#noteFailure(name, isNew ? progress?.halted : undefined);
      if ((!progress && !isNew) || progress?.halted !== undefined || this.#isStopped) continue;
      if (this.#isUnderWay(name)) continue;
      const prepare = async (replacement: Projection): Promise<void> => {
        if (isNew) await this.#store.prepare(replacement);
      };
      void this.#begin(projection, { options, isNew }, prepare).catch(() => {}); // its replacement stays, halted, for the next try
    }
  }

  #noteFailure(name: string, reason: string | undefined): void {
    if (this.#failures.get(name) === reason) return;
    if (reason === undefined) this.#failures.delete(name);
    else this.#failures.set(name, reason);
    this.#following.changed();
  }

  #lookLater(setups: readonly ProjectionSetup[]): void {
    if (this.#isStopped) return;
    const { scheduler, leaseMs } = this.#following;
    this.#look = scheduler.after(leaseMs, () => {
      const looked = this.#adopt(setups).catch(() => {}); // the store is asked again before long
      const ended = looked.then(() => void this.#ends.delete(ended));
      this.#ends.add(ended);
      void ended.then(() => this.#lookLater(setups));
    });
  }

  async #build(
    projection: Projection,
    request: Request,
    { underWay, prepare }: Beginning,
  ): Promise<void> {
    const { name } = projection;
    const replacement = replacementOf(projection);
    let run: PartitionRun | undefined;
    try {
      await prepare(replacement);
      underWay.target = await this.#store.head();
      await new Promise<void>((resolve, reject) => {
        const begun = this.#runOf(projection, replacement, { request, underWay, resolve, reject });
        run = begun;
        underWay.position = () => begun.position;
        underWay.cancel = () => reject(notRunning(name));
        if (underWay.isCancelled) underWay.cancel();
        else begun.begin();
      });
    } finally {
      await run?.stop();
      this.#under.delete(name);
      this.#following.changed();
    }
    if (this.#following.has(name)) this.#following.find(name).lookAgain();
  }

  /** The swap is a step of the run: taken under its lease, and tried again like any other. */
  #runOf(
    projection: Projection,
    replacement: Projection,
    { request, underWay, resolve, reject }: Building,
  ): PartitionRun {
    const { name } = projection;
    const { options, isNew } = request;
    const runOptions = this.#following.runOptions({
      options,
      handle: async ({ events, step, reached }) => {
        await this.#store.applyBatch({ ...step, projection: replacement, events });
        reached(step.to);
      },
    });
    const run = new PartitionRun(replacement, 0, runOptions, {
      ...runOptions,
      isPaused: () => false,
      isAwaited: () => true,
      delayMs: () => 0,
      caughtUp: async (lease) => {
        await this.#store.replace(projection, replacement, lease);
        // The old version's division was kept so far; if this fails, it is kept until the next start.
        if (isNew) await this.#store.prepare(projection, options.partitions);
        resolve();
        return true;
      },
      divided(partitions) {
        if (partitions === 0) resolve(); // another worker has swapped it in
      },
      changed: () => {
        if (run.halted !== undefined) reject(stopped(name, run.halted, run.position));
        this.#following.changed();
      },
      measured: (batch) => {
        underWay.throughput.add(batch.events, this.#following.clock.now());
        runOptions.measured(batch);
      },
    });
    return run;
  }

  #note(
    name: string,
    underWay: Pick<UnderWay, "mode" | "target" | "throughput" | "position">,
  ): UnderWay {
    this.#refuseBeside(name);
    const noted: UnderWay = {
      ...underWay,
      ...{ isCancelled: false, cancel: () => {} },
      startedAtMs: this.#following.clock.now(),
    };
    this.#under.set(name, noted);
    return noted;
  }

  #isUnderWay(name: string): boolean {
    return this.#under.get(name)?.mode === "beside";
  }

  #refuseBeside(name: string): void {
    if (!this.#isUnderWay(name)) return;
    throw unavailable(name);
  }
}

/** What is to be built, and whether the store has an older version. */
interface Request {
  readonly options: FollowerOptions;
  readonly isNew: boolean;
}

interface Beginning {
  readonly underWay: UnderWay;
  readonly prepare: (replacement: Projection) => Promise<void>;
}

interface Building {
  readonly request: Request;
  readonly underWay: UnderWay;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function stopped(
  name: string,
  reason: string,
  position: number,
): ReadModelError<"PROJECTION_STOPPED"> {
  return new ReadModelError(
    "PROJECTION_STOPPED",
    `The replacement of ${name} cannot be built: ${reason}. ${name} itself answers as before.`,
    { details: { projection: name, position } },
  );
}

function unavailable(name: string): ReadModelError<"UNAVAILABLE"> {
  return new ReadModelError("UNAVAILABLE", `${name} is being rebuilt already.`);
}

function notRunning(name: string): ReadModelError<"NOT_RUNNING"> {
  return new ReadModelError(
    "NOT_RUNNING",
    `The projector was stopped; the rebuild of ${name} goes on when it is started again.`,
  );
}
