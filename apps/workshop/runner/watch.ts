import { watch } from "chokidar";

export interface WatchOptions {
  /** Looks at the files now and then, where the system does not report changes. */
  readonly poll: boolean;
  readonly onChange: () => void;
}

/** Watches a folder; resolves when changes are seen from now on. */
export async function watchFolder(
  folder: string,
  { poll, onChange }: WatchOptions,
): Promise<{ close(): Promise<void> }> {
  const watcher = watch(folder, { ignoreInitial: true, usePolling: poll, interval: 150 });
  watcher.on("all", onChange);
  watcher.on("error", () => {}); // a folder that vanishes comes back with the next start
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return { close: () => watcher.close() };
}
