import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { EXERCISES, readCatalog } from "./catalog.ts";
import { createGrader } from "./grader.ts";
import { APP, CACHE } from "./paths.ts";
import { watchFolder } from "./watch.ts";

/** One look of the doctor. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, or what to do. */
  readonly text: string;
}

export interface DoctorOptions {
  readonly home: string;
  readonly poll: boolean;
}

/** Looks at everything that a workshop needs, and says what to do about what is missing. */
export async function doctor(options: DoctorOptions): Promise<{
  readonly lines: string[];
  readonly json: unknown;
  readonly code: 0 | 1;
}> {
  const before = basics(options.home);
  const works = before.every((finding) => finding.ok);
  const findings = works ? [...before, await watcher(options), await grading()] : before;
  const ok = findings.every((finding) => finding.ok);
  const lines = findings.map(
    ({ name, ok, text }) => `${ok ? "✓" : "✗"} ${name.padEnd(13)} ${text}`,
  );
  return { lines, json: { ok, findings }, code: ok ? 0 : 1 };
}

/** What takes no time to look at. */
export function basics(home: string): readonly Finding[] {
  return [node(process.versions.node), installation(), writing(home)];
}

/** @param version - As in `process.versions.node`. */
export function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const text = ok ? version : `${version} is too old: install Node 20.19 or newer (nodejs.org)`;
  return { name: "Node", ok, text };
}

function installation(): Finding {
  const name = "installation";
  const { resolve } = createRequire(join(APP, "package.json"));
  const missing = ["esbuild", "fast-check", "typescript/package.json", "chokidar", "diff"].filter(
    (module) => {
      try {
        return resolve(module) === "";
      } catch {
        return true;
      }
    },
  );
  return missing.length === 0
    ? { name, ok: true, text: "complete" }
    : { name, ok: false, text: `without ${missing.join(", ")}: run npm ci at the top` };
}

function writing(home: string): Finding {
  const name = "folders";
  for (const folder of [join(home, ".workshop"), join(home, "work"), CACHE]) {
    try {
      mkdirSync(folder, { recursive: true });
      rmSync(mkdtempSync(join(folder, "doctor-")), { recursive: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { name, ok: false, text: `cannot write to ${folder}: ${reason}` };
    }
  }
  return { name, ok: true, text: `work/ and .workshop/ in ${home}` };
}

const PATIENCE_MS = 10_000;
const PROBE_EVERY_MS = 500;

async function watcher(options: DoctorOptions): Promise<Finding> {
  const ok = await watcherWorks(options);
  const sees = options.poll ? "sees changes, by polling" : "sees changes";
  const text = ok ? sees : `sees no changes in ${options.home}: add --poll`;
  return { name: "watcher", ok, text };
}

/**
 * Writes a file, and then another every half second, until the watcher tells of one: a poller's
 * first look may come after the first file and take it for old.
 *
 * @param signal - Ends the waiting; the answer is then `true`, for nothing is known against the watcher.
 */
export async function watcherWorks(
  { home, poll }: DoctorOptions,
  signal?: AbortSignal,
): Promise<boolean> {
  const folder = mkdtempSync(join(home, ".workshop", "doctor-"));
  let answer: (ok: boolean) => void = () => {};
  const answered = new Promise<boolean>((resolve) => (answer = resolve));
  const watching = await watchFolder(folder, { poll, onChange: () => answer(true) });
  let files = 0;
  const probe = (): void => writeFileSync(join(folder, `file-${(files += 1)}.ts`), "");
  const timer = setTimeout(() => answer(false), PATIENCE_MS);
  const probing = setInterval(probe, PROBE_EVERY_MS);
  const giveUp = (): void => answer(true);
  signal?.addEventListener("abort", giveUp);
  if (signal?.aborted) giveUp();
  try {
    probe();
    return await answered;
  } finally {
    clearTimeout(timer);
    clearInterval(probing);
    signal?.removeEventListener("abort", giveUp);
    await watching.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The proof of the pudding: a solution is graded. */
async function grading(): Promise<Finding> {
  const name = "grader";
  const [exercise] = readCatalog(EXERCISES);
  if (!exercise) return { name, ok: false, text: "there are no exercises" };
  const beganMs = performance.now();
  try {
    await using grader = createGrader();
    const folder = join(exercise.folder, "solution");
    const { green, first } = await grader.grade({ exercise, folder, seeds: [1] });
    const ms = Math.round(performance.now() - beganMs);
    if (green) return { name, ok: true, text: `grades in ${ms} ms` };
    return { name, ok: false, text: `refuses a solution: ${first?.observed}` };
  } catch (error) {
    return { name, ok: false, text: `does not run: ${String(error)}` };
  }
}
