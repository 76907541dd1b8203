import { mkdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Message, Plugin } from "esbuild";
import { build } from "esbuild";
import type { Place } from "../grading/report.ts";
import { APP, CACHE } from "./paths.ts";

export interface BundleJob {
  /** The exercise: its files are bundled. */
  readonly exercise: string;
  /** The folder that stands in for `solution/`: the learner's, or another variant. */
  readonly folder: string;
  /** What the module is, as TypeScript in the exercise's folder. Default: its rules, and what runs them. */
  readonly contents?: string;
}

const RULES =
  'import "./tests/rules.ts"; export { runRules } from "@counterpoint/workshop/run-rules";';

/** A module to import, or the reason why there is none. */
export type Bundle =
  { readonly file: string } | { readonly problem: string; readonly place: Place | undefined };

let bundles = 0;

/**
 * Makes one module of an exercise's tests, the grading library and the code to grade.
 *
 * This is how one copy of the tests serves every variant: whatever is imported from `solution/` comes from `folder`.
 */
export async function bundle({ exercise, folder, contents = RULES }: BundleJob): Promise<Bundle> {
  const outfile = join(CACHE, "run", `${process.pid}-${(bundles += 1)}.mjs`);
  await mkdir(join(CACHE, "run"), { recursive: true });
  try {
    await build({
      stdin: {
        contents,
        resolveDir: exercise,
        loader: "ts",
      },
      absWorkingDir: APP,
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: ["@counterpoint/source"],
      sourcemap: "inline",
      sourcesContent: false,
      tsconfigRaw: {},
      logLevel: "silent",
      plugins: [standIn(join(exercise, "solution"), folder)],
    });
    return { file: outfile };
  } catch (error) {
    const [first] = messagesOf(error);
    if (!first) throw error;
    return { problem: inWords(first, folder), place: placeOf(first, folder) };
  }
}

function standIn(solution: string, folder: string): Plugin {
  return {
    name: "stand-in",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^\./ }, async ({ path, resolveDir, importer, kind, pluginData }) => {
        if (pluginData === "asked" || isWithin(folder, importer)) return undefined;
        const { path: found } = await resolve(path, { resolveDir, kind, pluginData: "asked" });
        return found && isWithin(solution, found)
          ? { path: join(folder, relative(solution, found)) }
          : undefined;
      });
      // The learner's folder may lie anywhere: what it imports is what this workspace has.
      onResolve({ filter: /^[^./]/ }, ({ path, kind, pluginData }) => {
        if (pluginData === "asked" || /^[A-Za-z]:[\\/]/.test(path)) return undefined;
        if (!path.startsWith("@counterpoint/")) return { path, external: true };
        return resolve(path, { resolveDir: APP, kind, pluginData: "asked" });
      });
    },
  };
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function messagesOf(error: unknown): readonly Message[] {
  return error instanceof Error && "errors" in error ? (error.errors as readonly Message[]) : []; // esbuild's BuildFailure
}

function inWords({ text, location }: Message, folder: string): string {
  const gone = /^(?:Could not read from|Cannot read) file: (.*)$/.exec(text);
  if (gone?.[1]) return `${relative(folder, gone[1])} is gone`;
  return location?.lineText ? `${text}: ${location.lineText.trim()}` : text;
}

function placeOf({ location }: Message, folder: string): Place | undefined {
  if (!location) return undefined;
  const file = relative(folder, join(APP, location.file));
  return file.startsWith("..")
    ? undefined
    : { file: file.split(sep).join("/"), line: location.line };
}
