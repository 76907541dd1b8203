import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";
import type { Outcome } from "./run.ts";
import { readWorkspaces, root } from "./workspaces.ts";
import type { Manifest, Workspace } from "./workspaces.ts";

const FOLDER = join(root, ".cache/tarballs");

/** The packages that go to the registry. */
export const published: readonly Workspace[] = readWorkspaces().filter(
  ({ manifest }) => manifest.private !== true,
);

/** Packs every published package as `npm publish` would; they have to be built before. */
export async function packAll(): Promise<Outcome> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const workspaces = published.map(({ folder }) => `--workspace=${folder}`);
  return run(["npm", "pack", "--loglevel=error", `--pack-destination=${FOLDER}`, ...workspaces]);
}

/** Says where a package's tarball is. */
export function tarballOf({ name, version = "" }: Manifest): string {
  return join(FOLDER, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}
