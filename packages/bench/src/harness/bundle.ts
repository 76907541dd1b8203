import { readFile } from "node:fs/promises";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { build } from "esbuild";

/** The folder of this workspace. */
export const HERE: string = fileURLToPath(new URL("../..", import.meta.url));
/** The top of the repository. */
export const ROOT: string = join(HERE, "../..");

/**
 * Makes a folder within this workspace, so that what is run there finds what is installed here. It goes with the process.
 */
export function temporaryFolder(): string {
  const parent = join(HERE, ".cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Turns entry points into plain JavaScript for plain Node, as `tsc` would: a loader that transforms while it runs would be
 * measured as well. Our own packages come from their sources, everything else from where it is installed.
 *
 * @returns The file to run.
 */
export async function bundle(
  entry: string | { readonly contents: string; readonly resolveDir: string },
): Promise<string> {
  const outdir = temporaryFolder();
  await build({
    ...(typeof entry === "string"
      ? { entryPoints: { worker: join(HERE, "src", entry) } }
      : { stdin: { ...entry, sourcefile: "worker.ts" } }),
    outdir,
    entryNames: "worker",
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    conditions: ["@counterpoint/source"],
    plugins: [ownPackagesOnly],
    logLevel: "error",
  });
  return join(outdir, "worker.mjs");
}

/** Bundles packages of this repository and leaves those of others where they are installed. */
export const ownPackagesOnly: Plugin = {
  name: "own-packages-only",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      path.startsWith("@counterpoint/") || kind === "entry-point" ? undefined : { external: true },
    );
    // A bundle lies elsewhere, and the files that a module finds beside it do not.
    onLoad({ filter: /packages[\\/]postgres[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return {
        contents: text.replaceAll("import.meta.url", url),
        loader: "ts",
        resolveDir: dirname(path),
      };
    });
  },
};
