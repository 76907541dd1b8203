export type { Database, PgliteLike, PgliteSession, PoolClientLike, PoolLike } from "./database.ts";
export { createPostgresIdempotencyStore } from "./idempotency-store.ts";
export type { PostgresIdempotencyStoreOptions } from "./idempotency-store.ts";
export { migrate } from "./migrate.ts";
export type { Migrated, MigrateOptions } from "./migrate.ts";
export { createPostgresStore } from "./postgres-store.ts";
export type { PostgresStore, PostgresStoreOptions } from "./postgres-store.ts";
