import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "../grading/report.ts";

const FRAME = /\(?((?:file:\/\/|[A-Za-z]:[\\/]|\/)[^\n]*?):(\d+):\d+\)?$/gm;

/** Finds the innermost frame of a stack that lies in a folder. */
export function placeOfStack(stack: string, folder: string): Place | undefined {
  for (const [, path = "", line] of stack.matchAll(FRAME)) {
    const file = relative(folder, path.startsWith("file:") ? fileURLToPath(path) : path);
    if (!file.startsWith("..") && !file.includes("://")) {
      return { file: file.split(sep).join("/"), line: Number(line) };
    }
  }
  return undefined;
}
