import { spawn } from "node:child_process";
import { basename, join } from "node:path";

export interface EditorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Opens a file in the editor that VISUAL or EDITOR names, and waits for its end.
 *
 * @returns What went wrong, or `undefined`.
 */
export function openInEditor({
  env,
  folder,
  file,
  line,
}: EditorOptions): Promise<string | undefined> {
  const path = join(folder, file);
  const [program, ...args] = (env["VISUAL"] ?? env["EDITOR"] ?? "").split(" ").filter(Boolean);
  if (program === undefined) {
    return Promise.resolve(`Set EDITOR (for example "code" or "vim"), or open ${path} yourself.`);
  }
  const at = /^(code|cursor|codium|zed|subl)/.test(basename(program))
    ? program.includes("code") || program.includes("cursor") || program.includes("codium")
      ? ["--goto", `${path}:${line}`]
      : [`${path}:${line}`]
    : [`+${line}`, path];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, ...at], { stdio: "inherit" });
    child.on("error", (error) => resolve(`${program} did not start: ${error.message}`));
    child.on("close", () => resolve(undefined));
  });
}
