import type { UserRow, UserTable } from "./user-table.ts";

/** Reports that there is no such user (any more). */
export class UserNotFound extends Error {
  override readonly name = "UserNotFound";

  constructor(userId: string) {
    super(`User ${userId} not found`);
  }
}

export interface UserServiceOptions {
  readonly table: UserTable;
  readonly createId: () => string;
  /** Tells the time in epoch milliseconds. */
  readonly clock: { now(): number };
}

/** All that can be done with users: reads and writes over the same rows. */
export class UserService {
  readonly #table: UserTable;
  readonly #createId: () => string;
  readonly #clock: { now(): number };

  constructor({ table, createId, clock }: UserServiceOptions) {
    this.#table = table;
    this.#createId = createId;
    this.#clock = clock;
  }

  async create(name: string, email: string): Promise<UserRow> {
    const created_at = new Date(this.#clock.now()).toISOString();
    const user = { id: this.#createId(), name, email, created_at };
    await this.#table.insert(user);
    return user;
  }

  /** @throws {UserNotFound} */
  async rename(id: string, name: string): Promise<UserRow> {
    return found(id, await this.#table.rename(id, name));
  }

  /** @throws {UserNotFound} */
  async remove(id: string): Promise<void> {
    if (!(await this.#table.delete(id))) throw new UserNotFound(id);
  }

  /** @throws {UserNotFound} */
  async get(id: string): Promise<UserRow> {
    return found(id, await this.#table.find(id));
  }

  /** @param page - Counts from 1. */
  async list(page: number, pageSize: number) {
    const { rows, total } = await this.#table.page(pageSize, (page - 1) * pageSize);
    return { users: rows, page, page_size: pageSize, total };
  }
}

function found(id: string, row: UserRow | undefined): UserRow {
  if (row === undefined) throw new UserNotFound(id);
  return row;
}
