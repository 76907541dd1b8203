import type { Projection } from "@counterpoint/read-model";
import { isLeftOver } from "@counterpoint/read-model";
import type { Session } from "./database.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { LockedPartition, Progress } from "./progress.ts";
import { ReadModelTable } from "./read-model-table.ts";
import {
  dropRelation,
  findReplacements,
  hasReadModel,
  lockDefinitions,
  renameRelation,
} from "./relations.ts";

export interface SwapOptions {
  readonly schema: string;
  readonly progress: Progress;
  readonly letters: DeadLetters;
}

/** What a swap holds, as it was when all else was locked out. */
export interface Locked {
  readonly own: readonly LockedPartition[];
  readonly next: readonly LockedPartition[];
}

/** Lets one read model take the place of another, within a transaction of the caller. */
export class Swap {
  readonly next: ReadModelTable;
  readonly #own: ReadModelTable;
  readonly #options: SwapOptions;
  #leftOver: readonly ReadModelTable[] = [];

  constructor(projection: Projection, replacement: Projection, options: SwapOptions) {
    this.#own = new ReadModelTable(options.schema, projection);
    this.next = new ReadModelTable(options.schema, replacement);
    this.#options = options;
  }

  /**
   * Locks everything in the one order that all keep who lock more than one of these: definitions, streams, tables, rows.
   * Whoever waits for it makes others wait, so it gives up after two seconds: a long transaction has read one of the tables.
   *
   * @param appends - Whether to lock out appends, too.
   * @returns `undefined` when there is no replacement (any more).
   */
  async lock(tx: Session, { appends }: { readonly appends: boolean }): Promise<Locked | undefined> {
    const { schema, progress } = this.#options;
    const { projection } = this.#own;
    const next = this.next.projection.name;
    await lockDefinitions(tx, schema);
    if (!(await hasReadModel(tx, schema, next))) return undefined;
    this.#leftOver = (await findReplacements(tx, schema))
      .filter((name) => name !== next && isLeftOver(name, projection))
      .map((name) => new ReadModelTable(schema, projection.as(name)));
    await tx.exec(`set local lock_timeout = '2s'`);
    if (appends) await tx.exec(`lock table ${schema}.streams in share mode`);
    for (const table of [this.#own, this.next, ...this.#leftOver]) await table.lock(tx);
    await tx.exec("set local lock_timeout to default");
    return {
      own: await progress.lock(tx, projection.name),
      next: await progress.lock(tx, next),
    };
  }

  /** Puts the replacement in its place, with its letters. The checkpoints of what was replaced are the caller's. */
  async complete(tx: Session): Promise<void> {
    const { schema, progress, letters } = this.#options;
    const { name } = this.#own.projection;
    const next = this.next.projection.name;
    await this.next.replace(tx, this.#own);
    await renameRelation(tx, schema, next, name);
    await letters.move(tx, next, name);
    await progress.remove(tx, next);
    await this.#forget(tx, this.#leftOver);
  }

  /** Removes the replacement: something newer is there already. */
  async abandon(tx: Session): Promise<void> {
    await this.#forget(tx, [this.next, ...this.#leftOver]);
  }

  async #forget(tx: Session, tables: readonly ReadModelTable[]): Promise<void> {
    const { schema, progress, letters } = this.#options;
    for (const { projection } of tables) {
      await letters.clear(tx, projection.name);
      await progress.remove(tx, projection.name);
      await dropRelation(tx, schema, projection.name);
    }
  }
}
