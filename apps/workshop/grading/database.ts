import { readFile, rename, writeFile } from "node:fs/promises";
import type { PGlite } from "@electric-sql/pglite";
import { closeAtEnd } from "./rule.ts";

let opening: Promise<PGlite> | undefined;

/**
 * Opens Postgres inside this worker, in memory, once for all rules and seeds of a run; it is closed after them.
 *
 * Making a database takes seconds. So the first one ever is kept as a dump, from which the later ones are loaded in half
 * a second: a dump, and not a folder, because several graders may run at once and each needs a database of its own.
 */
export function openDatabase(): Promise<PGlite> {
  opening ??= open().then((db) => {
    closeAtEnd(() => db.close());
    return db;
  });
  return opening;
}

async function open(): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite");
  const manifest = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  // This file runs as a part of a bundle, and bundles lie in `.cache/run`.
  const dump = new URL(`../pglite-${version}.tar`, import.meta.url);
  const kept = await readFile(dump).catch(() => undefined);
  if (kept) return PGlite.create({ loadDataDir: new Blob([kept]) });
  const db = await PGlite.create();
  await keep(db, dump).catch(() => {}); // without a dump the next one takes as long, and no harm is done
  return db;
}

async function keep(db: PGlite, dump: URL): Promise<void> {
  const made = await db.dumpDataDir("none");
  const temporary = new URL(`${dump.href}.${crypto.randomUUID()}.tmp`);
  await writeFile(temporary, Buffer.from(await made.arrayBuffer()));
  await rename(temporary, dump);
}
