export { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";
export type { MemoryIdempotencyStoreOptions } from "./memory-idempotency-store.ts";
export { createMemoryStore } from "./memory-store.ts";
export type { MemoryStore, MemoryStoreOptions } from "./memory-store.ts";
