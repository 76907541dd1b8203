import { fileURLToPath } from "node:url";
import { ProblemError, problem } from "@counterpoint/hono";
import type { Context, Next } from "hono";
import { Hono } from "hono";

/** A built page: what is served, by path. */
export type Page = ReadonlyMap<string, Asset>;

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Whether the name changes with the content, so that browsers may keep it for ever. */
  readonly hashed: boolean;
}

const ROOT = fileURLToPath(new URL("../web", import.meta.url));

/** Builds the page from its source into memory: no build step for people, and nothing that could be out of date. */
export async function buildPage(): Promise<Page> {
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

/** Routes to the built page; requests wait until it is there. */
export function pageRoutes(page: () => Promise<Page>) {
  return new Hono().get("/", servePage).get("/assets/*", servePage);

  async function servePage(c: Context, next: Next) {
    const asset = (await built()).get(c.req.path === "/" ? "/index.html" : c.req.path);
    if (!asset) return next();
    c.header("Content-Type", asset.type);
    c.header("Cache-Control", asset.hashed ? "public, max-age=31536000, immutable" : "no-cache");
    return c.body(asset.body);
  }

  function built(): Promise<Page> {
    return page().catch((error: unknown) => {
      const detail = "The page could not be built; the API works all the same.";
      throw Object.assign(new ProblemError(problem(503, "NO_PAGE", detail)), { cause: error });
    });
  }
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
