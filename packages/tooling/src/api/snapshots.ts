import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../run.ts";
import { published } from "../tarballs.ts";
import type { Workspace } from "../workspaces.ts";
import { root } from "../workspaces.ts";
import { diff } from "./diff.ts";
import { surfaceOf } from "./surface.ts";

const HOW_TO_ACCEPT = "If that is what you want, run `npm run api` and commit it with the change.";

/** Compares what was built with the `api.txt` of every published package. */
export async function compareApi(workspaces: readonly Workspace[] = published): Promise<Outcome> {
  const changes: string[] = [];
  for (const workspace of workspaces) {
    const file = snapshotOf(workspace);
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    const change = diff(before, await built(workspace));
    if (change !== "") changes.push(`${workspace.folder}/api.txt\n\n${change}\n`);
  }
  const ok = changes.length === 0 && workspaces.length > 0;
  return {
    ok,
    output: ok ? "" : `The public API has changed. ${HOW_TO_ACCEPT}\n\n${changes.join("\n")}`,
  };
}

/** Writes down what was built. */
export async function updateApi(workspaces: readonly Workspace[] = published): Promise<void> {
  for (const workspace of workspaces) {
    writeFileSync(snapshotOf(workspace), await built(workspace));
  }
}

function snapshotOf({ folder }: Workspace): string {
  return join(root, folder, "api.txt");
}

function built({ folder, manifest }: Workspace): Promise<string> {
  const entries: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === "object" && target !== null && "types" in target) {
      entries[subpath] = String(target.types);
    }
  }
  const read = (path: string): string => readFileSync(join(root, folder, path), "utf8");
  return surfaceOf({ name: manifest.name, entries, read });
}
