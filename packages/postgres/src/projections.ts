import type {
  Projection,
  ProjectionBatch,
  ProjectionStore,
  ReadModel,
} from "@counterpoint/read-model";
import { ReadModelError, foldBatch, keysOf, prepareFind } from "@counterpoint/read-model";
import type { Checkpoints } from "./checkpoints.ts";
import type { Driver } from "./database.ts";
import { statement } from "./database.ts";
import type { InlineProjections } from "./inline-projections.ts";
import { codeOf } from "./postgres-errors.ts";
import { ReadModelTable } from "./read-model-table.ts";

interface ProjectionsOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly checkpoints: Checkpoints;
  readonly inline: InlineProjections;
  readonly head: () => Promise<number>;
}

/** Keeps asynchronous read models and their checkpoints, and opens all read models for reading. */
export class Projections implements ProjectionStore {
  readonly #options: ProjectionsOptions;
  readonly #prepared = new Map<string, Promise<ReadModelTable>>();

  constructor(options: ProjectionsOptions) {
    this.#options = options;
  }

  async prepare(projection: Projection): Promise<void> {
    await this.#table(projection);
  }

  async loadCheckpoint(projection: Projection): Promise<number> {
    const { inline, head, checkpoints } = this.#options;
    return inline.has(projection.name) ? head() : checkpoints.load(projection);
  }

  async applyBatch({ projection, events, from, to }: ProjectionBatch): Promise<void> {
    const { driver } = this.#options;
    const table = await this.#table(projection);
    const before = await table.loadFrom(driver, keysOf(projection, events));
    if (!before) {
      this.#prepared.delete(idOf(projection)); // its row is gone, or is another version's: look again
      await this.#table(projection);
      throw moved(projection, from, 0);
    }
    if (before.checkpoint.inline) throw isInline(projection);
    if (before.checkpoint.position !== from) {
      throw moved(projection, from, before.checkpoint.position);
    }
    const changes = foldBatch(projection, events, before.documents);
    if (await table.advance(driver, changes, before.checkpoint, to)) return;
    throw moved(projection, from, await this.#options.checkpoints.load(projection));
  }

  async reset(projection: Projection): Promise<void> {
    const { driver, schema } = this.#options;
    const table = await this.#table(projection);
    await driver.transaction(async (tx) => {
      // The row first: it makes a batch under way finish, and its documents visible to the next statement.
      await tx.run(
        statement(
          `update ${schema}.projections set position = 0, epoch = epoch + 1 where name = $1 and version = $2::integer`,
        ),
        [projection.name, projection.version],
      );
      await table.clear(tx);
    });
  }

  readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
    const { driver, schema, inline } = this.#options;
    const untyped = projection as unknown as Projection; // documents only pass through
    const table = new ReadModelTable(schema, untyped);
    const built = (): Promise<void> | undefined =>
      inline.has(projection.name) ? inline.ready() : undefined;
    // The table holds what a projection of this very document type has written.
    return {
      get: async (key) => {
        await built();
        return orIfMissing(table.get(driver, key), undefined) as Promise<TDocument | undefined>;
      },
      find: async (options = {}) => {
        prepareFind(projection.columns, options); // a wrong question is refused before anything is asked
        await built();
        const { documents, total } = await orIfMissing(table.find(driver, options as object), {
          documents: [],
          total: 0,
        });
        return { documents: documents as readonly TDocument[], total };
      },
    };
  }

  async #table(projection: Projection): Promise<ReadModelTable> {
    const { inline, checkpoints, schema } = this.#options;
    if (inline.has(projection.name)) {
      throw isInline(projection);
    }
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

function idOf({ name, version }: Projection): string {
  return `${name}@${version}`;
}

function isInline({ name }: Projection): TypeError {
  return new TypeError(
    `${name} is applied inline already; give the asynchronous one another name with as(…).`,
  );
}

function moved(
  { name }: Projection,
  expected: number,
  actual: number,
): ReadModelError<"CHECKPOINT_MOVED"> {
  return new ReadModelError(
    "CHECKPOINT_MOVED",
    `${name} is at ${actual}, but the batch continues ${expected}.`,
    { details: { projection: name, expected, actual } },
  );
}

/** A read model that nobody has begun to build is empty. */
async function orIfMissing<T>(reading: Promise<T>, empty: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === "42P01") return empty;
    throw error;
  }
}
