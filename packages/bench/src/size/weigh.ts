import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { HERE, ROOT, ownPackagesOnly } from "../harness/bundle.ts";

/** What a framework loads only when it is asked for, and what nobody here has installed. */
const OPTIONAL = [
  "@nestjs/microservices",
  "@nestjs/microservices/*",
  "@nestjs/websockets",
  "@nestjs/websockets/*",
  "@nestjs/platform-express",
  "class-transformer",
  "class-transformer/*",
  "class-validator",
];

/**
 * Weighs what importing a module costs: bytes, bundled, minified and gzipped.
 *
 * @param options - `foreign: false` leaves out what is not of this repository.
 */
export async function weigh(contents: string, { foreign = true } = {}): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: HERE, loader: "ts" },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    outdir: "out",
    format: "esm",
    platform: "node",
    target: "es2022",
    conditions: ["@counterpoint/source"],
    external: OPTIONAL,
    plugins: foreign ? [] : [ownPackagesOnly],
    logLevel: "error",
  });
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0);
}
