import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { createTwoFilesPatch } from "diff";
import type { Exercise } from "./catalog.ts";
import { APP } from "./paths.ts";
import { readme } from "./pages.ts";

/** What handing out a step did to the learner's folder. */
export interface HandedOut {
  /** Files that were not there. */
  readonly created: readonly string[];
  /** Files that nobody had edited and whose starter has changed since: renewed. */
  readonly renewed: readonly string[];
  /** Edited files whose starter has changed since: left as they are. */
  readonly outdated: readonly string[];
  /** Of every starter file now in the folder. */
  readonly starter: Readonly<Record<string, string>>;
}

/** The git-ignored folder in which a learner works, one folder per step. */
export class WorkFolder {
  /** Absolute. */
  readonly folder: string;
  readonly #backups: string;

  constructor(home: string) {
    this.folder = join(home, "work");
    this.#backups = join(home, ".workshop", "backups");
  }

  of({ slug }: Exercise): string {
    return join(this.folder, slug);
  }

  exists(exercise: Exercise): boolean {
    return existsSync(this.of(exercise));
  }

  /**
   * Puts the starter where it is missing. Never overwrites what somebody has edited.
   *
   * @param before - The starter as it was handed out the last time.
   */
  handOut(exercise: Exercise, before: Readonly<Record<string, string>>): HandedOut {
    const folder = this.of(exercise);
    const created: string[] = [];
    const renewed: string[] = [];
    const outdated: string[] = [];
    const starter: Record<string, string> = {};
    this.#configureEditors();
    for (const file of exercise.files) {
      const source = join(exercise.folder, "problem", file);
      const target = join(folder, file);
      const hash = hashOf(source);
      const old = before[file];
      starter[file] = hash;
      if (!existsSync(target)) created.push(file);
      else if (old === undefined || old === hash) continue;
      else if (hashOf(target) === old) renewed.push(file);
      else {
        outdated.push(file);
        continue;
      }
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(source, target);
    }
    return { created, renewed, outdated, starter };
  }

  /** Writes the step's page beside the code; what is told after green stays out of it until then. */
  writePage(exercise: Exercise, green: boolean): void {
    const page = join(this.of(exercise), "README.md");
    const text = readme(exercise, green ? "all" : "before green", dirname(page));
    mkdirSync(dirname(page), { recursive: true });
    if (!existsSync(page) || readFileSync(page, "utf8") !== text) writeFileSync(page, text);
  }

  /** One hash over the files of a step; of what is missing, the absence counts. */
  hash(exercise: Exercise): string {
    const folder = this.of(exercise);
    const hash = createHash("sha256");
    for (const file of exercise.files) {
      const path = join(folder, file);
      hash.update(`${file}\0${existsSync(path) ? readFileSync(path, "utf8") : ""}\0`);
    }
    return hash.digest("hex").slice(0, 16);
  }

  /** Whether every file is the starter's, to the byte. */
  isUntouched(exercise: Exercise): boolean {
    return exercise.files.every((file) => {
      const mine = join(this.of(exercise), file);
      return existsSync(mine) && hashOf(mine) === hashOf(join(exercise.folder, "problem", file));
    });
  }

  /**
   * Puts the folder aside and the starter in its place.
   *
   * @returns Where the backup lies; `undefined` when there was nothing to put aside.
   */
  reset(exercise: Exercise, at: Date): string | undefined {
    const folder = this.of(exercise);
    if (!existsSync(folder)) return undefined;
    const stamp = at.toISOString().replaceAll(/[:.]/g, "-");
    let backup = join(this.#backups, `${exercise.slug}-${stamp}`);
    for (let n = 2; existsSync(backup); n++) {
      backup = join(this.#backups, `${exercise.slug}-${stamp}-${n}`);
    }
    mkdirSync(this.#backups, { recursive: true });
    cpSync(folder, backup, { recursive: true });
    for (const file of exercise.files) rmSync(join(folder, file), { force: true });
    return backup;
  }

  /** A unified diff from the learner's files to the solution; empty when there is none. */
  diff(exercise: Exercise): string {
    return exercise.files
      .map((file) => {
        const mine = join(this.of(exercise), file);
        const before = existsSync(mine) ? readFileSync(mine, "utf8") : "";
        const after = readFileSync(join(exercise.folder, "solution", file), "utf8");
        if (before === after) return "";
        const patch = createTwoFilesPatch(
          `mine/${file}`,
          `solution/${file}`,
          before,
          after,
          "",
          "",
        );
        return patch.slice(patch.indexOf("---"));
      })
      .filter((patch) => patch !== "")
      .join("\n");
  }

  /** Editors look for a tsconfig.json above a file: the learner's files get the types of this repository. */
  #configureEditors(): void {
    const path = join(this.folder, "tsconfig.json");
    if (existsSync(path)) return;
    mkdirSync(this.folder, { recursive: true });
    const base = relative(this.folder, join(APP, "tsconfig.json")).replaceAll("\\", "/");
    const config = { extends: base.startsWith(".") ? base : `./${base}`, include: ["."] };
    writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  }
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
}
