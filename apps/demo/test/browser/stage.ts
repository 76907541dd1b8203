import { launchBrowser } from "@counterpoint/tooling/browser";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import type { RunningDemo } from "../../server/serve.ts";
import type { OpenPage } from "./demo-page.ts";
import { openPage, request, startServer } from "./demo-page.ts";

/** A server and a browser for the tests of one file. */
export interface Stage {
  readonly url: string;
  /** Opens the page; it is closed after the test. */
  open(options?: BrowserContextOptions): Promise<OpenPage>;
  /** Talks to the server past the page. */
  put(path: string, body: unknown): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
}

/** Sets the stage before the first test of a file; after each test the lab is as at first. */
export function setStage(): Stage {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  let demo: RunningDemo | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    [demo, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterEach(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
    await stage.post("/lab/reset");
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const stage: Stage = {
    get url() {
      if (!demo) throw new Error("The stage is not set yet.");
      return demo.url;
    },
    open(options) {
      if (!browser) throw new Error("The stage is not set yet.");
      return openPage(browser, stage.url, options);
    },
    put: (path, body) => request(`${stage.url}${path}`, "PUT", body),
    post: (path, body) => request(`${stage.url}${path}`, "POST", body),
  };
  return stage;
}
