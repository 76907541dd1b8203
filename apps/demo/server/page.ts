import { fileURLToPath } from "node:url";
import type { Handler } from "hono";

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Whether the name changes with the content, so that browsers may keep it for ever. */
  readonly hashed: boolean;
}

const ROOT = fileURLToPath(new URL("../web", import.meta.url));

/** Builds the page from its source into memory: no build step for people, and nothing that could be out of date. */
export async function buildPage(): Promise<ReadonlyMap<string, Asset>> {
  const [{ build }, { default: react }] = await Promise.all([
    import("vite"),
    import("@vitejs/plugin-react"),
  ]);
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    plugins: [react()],
    resolve: { conditions: ["@counterpoint/source", "module", "browser", "production"] },
    build: { write: false, target: "es2022", chunkSizeWarningLimit: 1_000 },
  });
  const [bundle] = [built].flat();
  if (!bundle || !("output" in bundle)) throw new Error("Vite built no page.");
  return new Map(
    bundle.output.map((file) => [
      `/${file.fileName}`,
      {
        body: bytesOf(file.type === "chunk" ? file.code : file.source),
        type: typeOf(file.fileName),
        hashed: file.fileName.startsWith("assets/"),
      },
    ]),
  );
}

/** Serves the built page; the first request waits until it is there. */
export function servePage(page: Promise<ReadonlyMap<string, Asset>>): Handler {
  return async function servePage(c, next) {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") return next();
    const assets = await page;
    const asset = assets.get(c.req.path === "/" ? "/index.html" : c.req.path);
    if (!asset) return next();
    c.header("Content-Type", asset.type);
    c.header("Cache-Control", asset.hashed ? "public, max-age=31536000, immutable" : "no-cache");
    return c.body(asset.body);
  };
}

function bytesOf(source: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof source === "string" ? new TextEncoder().encode(source) : new Uint8Array(source);
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

function typeOf(fileName: string): string {
  return TYPES[fileName.slice(fileName.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}
