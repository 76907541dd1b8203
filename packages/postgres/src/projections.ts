import type { RecordedEvent } from "@counterpoint/events";
import type {
  Beginning,
  DeadLetterOrder,
  Follower,
  Lease,
  Projection,
  ProjectionBatch,
  ReadModel,
  Step,
} from "@counterpoint/read-model";
import {
  assertReadable,
  checkpointMoved,
  eventsOf,
  foldBatch,
  keyOrNone,
  keysOf,
  nothingParked,
  unreadable,
} from "@counterpoint/read-model";
import type { Checkpoints } from "./checkpoints.ts";
import type { Driver, Session } from "./database.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { letterBehind, letterOf } from "./dead-letters.ts";
import type { InlineProjections } from "./inline-projections.ts";
import type { LogReader } from "./log-reader.ts";
import { ModelReaders } from "./model-reader.ts";
import { codeOf, isOtherShape } from "./postgres-errors.ts";
import type { LockedPartition, Progress } from "./progress.ts";
import { assertHeld, assertVersion } from "./progress.ts";
import { ReadModelTable } from "./read-model-table.ts";
import { hasReadModel, lockDefinitions } from "./relations.ts";
import { Swap } from "./swap.ts";

interface ProjectionsOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly reader: LogReader;
  readonly checkpoints: Checkpoints;
  readonly progress: Progress;
  readonly letters: DeadLetters;
  readonly inline: InlineProjections;
}

/** Keeps asynchronous read models and the checkpoints of all followers, and opens all read models for reading. */
export class Projections {
  readonly #options: ProjectionsOptions;
  readonly #prepared = new Map<string, Promise<ReadModelTable>>();
  readonly #readers: ModelReaders;

  constructor(options: ProjectionsOptions) {
    this.#options = options;
    this.#readers = new ModelReaders(options.driver, options.schema);
  }

  async prepare(
    follower: Follower | Projection,
    partitions = 1,
    from: Beginning = "start",
  ): Promise<void> {
    const { progress, driver, schema, reader } = this.#options;
    const { name } = follower;
    if (this.#options.inline.has(name)) throw isInline(follower);
    const before = await progress.load(name);
    const isRead = "columns" in follower;
    if (before.length > 0 && (await hasReadModel(driver, schema, name)) !== isRead) {
      const kind = isRead ? "reaction" : "read model";
      throw new TypeError(`${name} is a ${kind}; give one of them another name.`);
    }
    const kept = before[0]?.version ?? follower.version;
    if (kept > follower.version || (isRead && kept < follower.version)) return;
    if (isRead) {
      this.#prepared.delete(idOf(follower)); // whatever this process knew, another may have taken it away
      await this.#table(follower);
    }
    if (before.length === partitions && kept === follower.version) return;
    const head = from === "now" ? await reader.head() : 0; // before the transaction: it takes a connection of its own
    await driver.transaction(async (tx) => {
      await lockDefinitions(tx, schema);
      if (isRead) await new ReadModelTable(schema, follower).lock(tx);
      const locked = await progress.lock(tx, name);
      const now = locked[0]?.version ?? follower.version;
      if (now > follower.version || (isRead && now < follower.version)) return; // meanwhile
      if (locked.every(isUntouched)) {
        await progress.divide(tx, follower, { partitions, position: head });
      } else if (locked.length !== partitions || now !== follower.version) {
        const positions = locked.map(({ position }) => position);
        const position = isRead ? Math.max(...positions) : Math.min(...positions);
        if (isRead) await this.#bringForward(tx, follower, locked, position);
        await progress.divide(tx, follower, { partitions, position });
      }
    });
  }

  async loadCheckpoint(projection: Projection): Promise<number> {
    const { inline, reader, checkpoints } = this.#options;
    return inline.has(projection.name) ? reader.head() : checkpoints.load(projection);
  }

  async applyBatch(batch: ProjectionBatch): Promise<void> {
    const { driver } = this.#options;
    const { projection, events, from, to, lease, poison } = batch;
    const table = await this.#table(projection);
    const keys = keysOf(projection, events);
    const load = (keys: readonly string[]): ReturnType<ReadModelTable["loadFrom"]> =>
      this.#orIfGone(projection, table.loadFrom(driver, keys, lease?.partition), undefined);
    const before = await load(keys);
    if (!before) {
      this.#prepared.delete(idOf(projection)); // it is gone, or is another version's: look again
      if (!lease) await this.#table(projection);
    } else if (before.checkpoint.inline) throw isInline(projection);
    if (lease) assertHeld(lease, before?.checkpoint);
    const actual = before?.checkpoint.position ?? 0;
    if (!before || actual !== from) throw checkpointMoved(projection, from, actual);
    if (poison || before.checkpoint.waiting > 0) return this.#applySlowly(batch);
    const changes = foldBatch(projection, events, before.documents);
    const advanced = table.advance(driver, changes, before.checkpoint, to);
    if (await this.#orIfGone(projection, advanced, false)) return;
    const now = await load([]);
    if (lease) assertHeld(lease, now?.checkpoint);
    throw checkpointMoved(projection, from, now?.checkpoint.position ?? 0);
  }

  async advance(follower: Follower, step: Step): Promise<void> {
    const { driver, progress, letters } = this.#options;
    const { poison } = step;
    await driver.transaction(async (tx) => {
      const move = await progress.take(tx, follower, step);
      if (poison) {
        const letter = letterOf(follower, poison);
        const isParked = (await letters.parkedKeys(follower.name, [letter.key], tx)).length > 0;
        if (poison.policy === "behind" && !isParked) {
          throw nothingParked(follower, poison.event.position);
        }
        await letters.add(tx, follower.name, [letter]);
      }
      await move();
    });
  }

  retryDeadLetter(
    projection: Projection,
    position: number,
    order: DeadLetterOrder | undefined,
  ): Promise<boolean> {
    const { driver, progress, letters, schema } = this.#options;
    const { name } = projection;
    return driver.transaction(async (tx) => {
      assertVersion(projection, (await progress.lock(tx, name))[0]);
      const letter = await letters.next(tx, name, position);
      if (!letter) return false;
      assertReadable(letter);
      const table = new ReadModelTable(schema, projection);
      const events = [letter.event];
      const keys = keysOf(projection, events); // not that of the letter: telling it may be what was repaired
      await table.write(tx, foldBatch(projection, events, await table.load(tx, keys)));
      return letters.close(tx, name, position, "retried", order);
    });
  }

  closeDeadLetter(
    name: string,
    position: number,
    act: "retried" | "discarded",
    order: DeadLetterOrder | undefined,
  ): Promise<boolean> {
    const { driver, progress, letters } = this.#options;
    return driver.transaction(async (tx) => {
      await progress.lock(tx, name);
      return letters.close(tx, name, position, act, order);
    });
  }

  async reset(projection: Projection): Promise<void> {
    const { driver, progress, letters } = this.#options;
    const table = await this.#table(projection);
    await driver.transaction(async (tx) => {
      await table.lock(tx, "writing"); // tables before rows, as all do
      // The rows next: that makes a batch under way finish, and its documents visible to the next statement.
      const before = await progress.lock(tx, projection.name);
      assertVersion(projection, before[0]);
      await progress.divide(tx, projection, { partitions: before.length, position: 0 });
      await letters.clear(tx, projection.name);
      await table.clear(tx);
    });
  }

  async replace(
    projection: Projection,
    replacement: Projection,
    lease: Lease | undefined,
  ): Promise<boolean> {
    const { driver, inline, progress, reader } = this.#options;
    const { name } = projection;
    const isKeptInline = inline.has(name);
    if ((await progress.load(replacement.name)).length === 0) return false;
    if (isKeptInline) await inline.ready();
    else if ((await progress.load(name)).length === 0) await this.#table(projection);
    const swap = new Swap(projection, replacement, this.#options);
    const replaced = await driver.transaction(async (tx) => {
      const locked = await swap.lock(tx, { appends: isKeptInline });
      if (lease) assertHeld(lease, locked?.next[lease.partition]);
      if (!locked || locked.next.length === 0) return false;
      const { own, next } = locked;
      if ((own[0]?.version ?? 0) > projection.version) {
        await swap.abandon(tx);
        return false;
      }
      const furthest = Math.max(...[...own, ...next].map(({ position }) => position));
      const target = isKeptInline ? await reader.lastWritten(tx) : furthest;
      await this.#bringForward(tx, replacement, next, target);
      await swap.complete(tx);
      if (!isKeptInline) {
        await progress.divide(tx, projection, { partitions: own.length, position: target });
      }
      return true;
    });
    this.#prepared.delete(idOf(replacement));
    return replaced;
  }

  readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
    const { inline } = this.#options;
    return this.#readers.open(projection, () =>
      inline.has(projection.name) ? inline.ready() : undefined,
    );
  }

  /** With everything locked: for events to set aside, or keys of which some may be parked. */
  async #applySlowly({ projection, events, ...step }: ProjectionBatch): Promise<void> {
    const { driver, progress, letters, schema } = this.#options;
    await driver.transaction(async (tx) => {
      await new ReadModelTable(schema, projection).lock(tx, "writing"); // tables before rows, as all do
      const move = await progress.take(tx, projection, step);
      await this.#fold(tx, projection, events);
      if (step.poison) await letters.add(tx, projection.name, [letterOf(projection, step.poison)]);
      await move();
    });
  }

  /** Folds events into the documents, and sets those aside that wait behind a parked one. */
  async #fold(
    tx: Session,
    projection: Projection,
    events: readonly RecordedEvent[],
  ): Promise<void> {
    const { letters, schema } = this.#options;
    const table = new ReadModelTable(schema, projection);
    const keys = keysOf(projection, events);
    const parked = new Set(await letters.parkedKeys(projection.name, keys, tx));
    const waits = (event: RecordedEvent): boolean => parked.has(keyOrNone(projection, event));
    const free = parked.size === 0 ? events : events.filter((event) => !waits(event));
    await table.write(tx, foldBatch(projection, free, await table.load(tx, keys)));
    if (parked.size === 0) return;
    const behind = events.filter(waits).map((event) => letterBehind(projection, event));
    await letters.add(tx, projection.name, behind);
  }

  /** Applies to each partition what it lags behind, however much that is, in batches. */
  async #bringForward(
    tx: Session,
    projection: Projection,
    partitions: readonly LockedPartition[],
    target: number,
  ): Promise<void> {
    for (const { partition, position } of partitions) {
      for (let after = position; after < target;) {
        const slice = await this.#options.reader
          .readUpTo(END, { after, limit: BATCH }, tx)
          .catch((error: unknown) => Promise.reject(unreadable(projection, error) ?? error));
        const events = slice.events.filter((event) => event.position <= target);
        const own = eventsOf(projection, events, { partition, partitions: partitions.length });
        await this.#fold(tx, projection, own);
        after = events.at(-1)?.position ?? target;
      }
    }
  }

  /** A table may be gone, or be another version's, since it was last heard of. */
  async #orIfGone<T>(projection: Projection, work: Promise<T>, gone: T): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (codeOf(error) === "42P01") return gone;
      if (!isOtherShape(error)) throw error;
      const kept = await this.#options.checkpoints.find(projection);
      if (kept?.version === projection.version) throw error;
      return gone;
    }
  }

  async #table(projection: Projection): Promise<ReadModelTable> {
    const { inline, checkpoints, schema } = this.#options;
    if (inline.has(projection.name)) throw isInline(projection);
    const id = idOf(projection);
    const known = this.#prepared.get(id);
    if (known) return known;
    const table = new ReadModelTable(schema, projection);
    const preparing = checkpoints.register(table, false).then(() => table);
    this.#prepared.set(id, preparing);
    preparing.catch(() => this.#prepared.delete(id));
    return preparing;
  }
}

const BATCH = 500;
const END = Number.MAX_SAFE_INTEGER;

/** Made, and not begun: nobody ever held it or moved it. */
function isUntouched({ epoch, position }: LockedPartition): boolean {
  return epoch === 0 && position === 0;
}

function idOf({ name, version }: Projection): string {
  return `${name}@${version}`;
}

function isInline({ name }: Pick<Follower, "name">): TypeError {
  return new TypeError(
    `${name} is applied inline already; give the asynchronous one another name with as(…).`,
  );
}
