import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "@counterpoint/tooling/browser";
import type { Browser } from "playwright-core";
import { createUser, openPage, request, startServer } from "./demo-page.ts";

// Takes the pictures of the README and of the docs: `npm run screenshots`, in this workspace.

const FOLDER = fileURLToPath(new URL("../../../../docs/images/", import.meta.url));
const ALREADY_THERE = ["Grace Hopper", "Barbara Liskov", "Edsger Dijkstra", "Radia Perlman"];

await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  for (const scheme of ["light", "dark"] as const) await takePicture(browser, scheme);
  await takeOrdering(browser);
} finally {
  await browser.close();
}

/** Shows the moment that the page is about: four commands later, the two models differ in every way they can. */
async function takePicture(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const demo = await startServer();
  try {
    for (const name of ALREADY_THERE) await createUser(demo.url, name);
    const { page, sync, eventual } = await openPage(browser, demo.url, {
      colorScheme,
      deviceScaleFactor: 1.5,
    });
    await eventual.getByText("Radia Perlman", { exact: true }).waitFor();
    await request(`${demo.url}/lab/delay`, "PUT", { delay_ms: 5_000 });
    await page.getByText("5.0 s", { exact: true }).waitFor();

    await sync.getByRole("button", { name: "Rename Grace Hopper" }).click();
    await page.getByLabel("New name of Grace Hopper").fill("Admiral Hopper");
    await page.keyboard.press("Enter");
    await sync.getByRole("button", { name: "Remove Edsger Dijkstra" }).click();
    await page.getByRole("button", { name: "Example" }).click();
    await page.getByRole("button", { name: "Create user" }).click();
    await eventual.getByText("not here yet", { exact: true }).waitFor();
    await eventual.getByText("still here", { exact: true }).waitFor();
    await eventual.getByText("old name", { exact: true }).waitFor();
    await page.getByText("Stale after").nth(2).waitFor();
    await page.getByRole("heading", { level: 1 }).click(); // leaves the form
    await page.screenshot({ path: `${FOLDER}demo-${colorScheme}.png` });
    await page.context().close();
  } finally {
    await demo.stop();
  }
}

/** Shows an event that a naive cursor loses, and what three others pay not to. */
async function takeOrdering(browser: Browser): Promise<void> {
  const demo = await startServer({ store: "postgres" });
  try {
    const { page } = await openPage(browser, demo.url, {
      colorScheme: "light",
      deviceScaleFactor: 1.5,
    });
    await page.getByRole("tab", { name: "Ordering" }).click();
    await page.getByRole("button", { name: "Run it four ways" }).click();
    await page.getByRole("list", { name: "Four ways to read the log" }).waitFor();
    await page.getByRole("heading", { level: 1 }).click(); // leaves the button
    await page.locator(".ordering").screenshot({ path: `${FOLDER}ordering.png` });
    await page.context().close();
  } finally {
    await demo.stop();
  }
}
