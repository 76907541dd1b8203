import type { BrowserContextOptions, Browser, Locator, Page } from "playwright-core";
import type { CliOptions } from "../../server/cli.ts";
import type { RunningDemo, Surroundings } from "../../server/serve.ts";
import { startDemo } from "../../server/serve.ts";

/** Starts the real server, as `npm run demo` does. */
export async function startServer(
  options: Partial<CliOptions> = {},
  surroundings: Surroundings = {},
): Promise<RunningDemo> {
  process.env["NODE_ENV"] = "production"; // the page is built as people get it, also under vitest
  const demo = await startDemo(
    {
      ...{ port: 0, delayMs: 0, store: "memory", dataDir: undefined, databaseUrl: undefined },
      ...options,
    },
    surroundings,
  );
  await demo.page;
  return demo;
}

/** The page in a browser, and what the browser had to complain about. */
export interface OpenPage {
  readonly page: Page;
  readonly sync: Locator;
  readonly eventual: Locator;
  /** Errors and warnings of the console, uncaught errors, refusals by the content security policy. */
  readonly complaints: string[];
}

/** Opens the page and waits until it is live. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // A browser reports every status from 400 on, also those that the page asked for.
    if (text.startsWith("Failed to load resource: the server responded with a status of 4")) return;
    if (["error", "warning"].includes(message.type())) complaints.push(text);
  });
  await page.goto(url);
  await page.getByText("Live", { exact: true }).waitFor();
  return {
    page,
    sync: page.getByRole("region", { name: "Synchronous" }),
    eventual: page.getByRole("region", { name: "Eventually consistent" }),
    complaints,
  };
}

/** Sends a user command to the server, without the page. */
export async function request(url: string, method: string, body?: unknown): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
  return response;
}

/** Registers a user without the page. */
export async function createUser(url: string, name: string): Promise<string> {
  const email = `${name.trim().toLowerCase().replaceAll(" ", ".").slice(0, 60)}@example.org`;
  const response = await request(`${url}/users`, "POST", { name, email });
  const { id } = (await response.json()) as { id: string };
  return id;
}
