/** A row of the table, which is all there is: what is written is what is read. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at: string;
}

/** The table, as a database would offer it: each call is one statement. */
export interface UserTable {
  insert(row: UserRow): Promise<void>;
  /** @returns The row as it is now; `undefined` when there is none of this id. */
  rename(id: string, name: string): Promise<UserRow | undefined>;
  /** @returns Whether there was a row. */
  delete(id: string): Promise<boolean>;
  find(id: string): Promise<UserRow | undefined>;
  /** @returns Oldest first. */
  page(limit: number, offset: number): Promise<{ rows: readonly UserRow[]; total: number }>;
}

/** Makes a table that lives as long as the process. */
export function createMemoryTable(): UserTable {
  const rows = new Map<string, UserRow>(); // keeps the order of insertion
  return {
    async insert(row) {
      rows.set(row.id, row);
    },

    async rename(id, name) {
      const row = rows.get(id);
      if (row === undefined) return undefined;
      const renamed = { ...row, name };
      rows.set(id, renamed);
      return renamed;
    },

    async delete(id) {
      return rows.delete(id);
    },

    async find(id) {
      return rows.get(id);
    },

    async page(limit, offset) {
      return { rows: [...rows.values()].slice(offset, offset + limit), total: rows.size };
    },
  };
}
