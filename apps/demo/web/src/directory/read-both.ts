import type { UserView } from "../../../server/users/messages.ts";
import type { Slot } from "./differences.ts";
import { keyOf, slotsOf } from "./differences.ts";

/** A hundred users of one read model, oldest first, as `GET /users` lists them. Block 1 is the oldest. */
export interface Block {
  readonly users: readonly UserView[];
  readonly total: number;
}

export type ReadBlock = (model: "sync" | "eventual", block: number) => Promise<Block>;

/** One page of both read models, side by side. */
export interface Directory {
  readonly slots: readonly Slot[];
  readonly totals: { readonly sync: number; readonly eventual: number };
  /** The page that this is; 0 is the newest. A page past the oldest becomes the oldest. */
  readonly page: number;
  readonly pages: number;
}

export interface ReadBothOptions {
  /** 0 is the newest. */
  readonly page: number;
  readonly pageSize: number;
  /** How many users there were last time: tells which blocks to try first. */
  readonly expected: number;
}

export const BLOCK_SIZE = 100;

/**
 * Reads one page of both models, newest first, and the same stretch of users in both.
 *
 * The eventual model is read first: what it lacks is then really behind, and not only created between the two reads.
 */
export async function readBoth(read: ReadBlock, options: ReadBothOptions): Promise<Directory> {
  const { page: wanted, pageSize, expected } = options;
  const guess = blocksOf(expected, wanted, pageSize);
  const eventual = new Stretch((block) => read("eventual", block));
  const sync = new Stretch((block) => read("sync", block));
  await eventual.include(guess);
  await sync.include(guess);

  const pages = Math.max(1, Math.ceil(sync.total / pageSize));
  const page = Math.min(wanted, pages - 1);
  await sync.include(blocksOf(sync.total, page, pageSize));
  const end = sync.total - page * pageSize;
  const begin = Math.max(0, end - pageSize);
  const window = sync.slice(begin, end);

  // A user whom the synchronous model has lost stands next to the one who was registered before. Whoever it shows on
  // another page stands there, also where two were registered at the same moment and the order hangs by a hair.
  const above = page === 0 ? undefined : sync.at(end - 1);
  const below = begin === 0 ? undefined : sync.at(begin - 1);
  const shown = new Set(window.map(({ id }) => id));
  await sync.cover(below?.created_at, above?.created_at);
  await eventual.cover(below?.created_at, above?.created_at);
  const behind = eventual.users().filter((user) => {
    if (shown.has(user.id) || sync.has(user.id)) return shown.has(user.id);
    const key = keyOf(user);
    return (!below || key > keyOf(below)) && (!above || key <= keyOf(above));
  });
  return {
    slots: slotsOf(window, behind),
    totals: { sync: sync.total, eventual: eventual.total },
    page,
    pages,
  };
}

/** The blocks that hold a page, and the user before it. */
function blocksOf(total: number, page: number, pageSize: number): readonly [number, number] {
  const end = Math.max(1, total - page * pageSize);
  const begin = Math.max(1, end - pageSize);
  return [blockOf(begin), blockOf(end)];
}

function blockOf(place: number): number {
  return Math.ceil(place / BLOCK_SIZE);
}

/** The neighbouring blocks of one model that have been read so far. */
class Stretch {
  readonly #read: (block: number) => Promise<Block>;
  readonly #blocks = new Map<number, readonly UserView[]>();
  #first = Infinity;
  #last = 0;
  total = 0;

  constructor(read: (block: number) => Promise<Block>) {
    this.#read = read;
  }

  async include([from, to]: readonly [number, number]): Promise<void> {
    this.#first = Math.min(this.#first, from);
    this.#last = Math.max(this.#last, to);
    for (let block = this.#first; block <= this.#last; block++) {
      if (this.#blocks.size > 0 && block > this.#end()) this.#blocks.set(block, []);
      if (!this.#blocks.has(block)) await this.#add(block);
    }
  }

  users(): readonly UserView[] {
    const blocks = Array.from(
      { length: this.#last - this.#first + 1 },
      (_, index) => this.#blocks.get(this.#first + index) ?? [],
    );
    return blocks.flat();
  }

  slice(begin: number, end: number): readonly UserView[] {
    const offset = (this.#first - 1) * BLOCK_SIZE;
    return this.users().slice(Math.max(0, begin - offset), Math.max(0, end - offset));
  }

  at(place: number): UserView | undefined {
    return this.slice(place, place + 1)[0];
  }

  has(id: string): boolean {
    return this.users().some((user) => user.id === id);
  }

  /** Reads on until all moments from `below` to `above` are there as a whole; `undefined` leaves that side open. */
  async cover(below: string | undefined, above: string | undefined): Promise<void> {
    while (this.#first > 1 && !this.#startsBefore(below)) {
      const next = Math.max(1, Math.min(this.#first - 1, this.#end()));
      await this.include([next, next]);
    }
    while (this.#last < this.#end() && !this.#endsAfter(above)) {
      await this.include([this.#last + 1, this.#last + 1]);
    }
  }

  #startsBefore(moment: string | undefined): boolean {
    const [first] = this.users();
    return first !== undefined && moment !== undefined && first.created_at < moment;
  }

  #endsAfter(moment: string | undefined): boolean {
    const last = this.users().at(-1);
    return last !== undefined && moment !== undefined && last.created_at > moment;
  }

  /** The last block that has anybody, as far as is known. */
  #end(): number {
    return blockOf(this.total);
  }

  async #add(block: number): Promise<void> {
    const { users, total } = await this.#read(block);
    this.#blocks.set(block, users);
    this.total = total;
  }
}
