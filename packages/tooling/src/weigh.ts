import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./workspaces.ts";

/** How something is bundled. */
export interface WeighOptions {
  /** Packages that belong to the application, and are left out. */
  readonly external?: readonly string[];
  /** Default `"browser"`, where nothing of Node's is to be found. */
  readonly platform?: "browser" | "node";
}

/** Bundles and minifies a module with all that it needs, gzips it, and counts the bytes. */
export async function weigh(contents: string, options: WeighOptions = {}): Promise<number> {
  const { external = [], platform = "browser" } = options;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${root}packages/tooling` },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform,
    target: "es2022",
    conditions: ["@counterpoint/source"],
    external: [...external],
  });
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0);
}
