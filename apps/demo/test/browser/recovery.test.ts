import { launchBrowser } from "@counterpoint/tooling/browser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createUser, openPage, startServer } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

it("says that the connection is lost, and recovers when the server is back with another log", async () => {
  const first = await startServer();
  const port = Number(new URL(first.url).port);
  await createUser(first.url, "Before The Restart");
  await createUser(first.url, "And Another");
  const { page, sync, eventual } = await openPage(browser, first.url);
  await expectShown(eventual.getByText("Before The Restart", { exact: true }));

  await first.stop();
  await expectShown(page.getByText("Connection lost, trying again…").first());
  await page.getByLabel("Name", { exact: true }).fill("Nobody There");
  await page.getByLabel("Email").fill("nobody@example.org");
  await page.getByRole("button", { name: "Create user" }).click();
  await expectShown(page.getByText("The server did not answer.").first());

  const second = await startServer({ port });
  try {
    await expectShown(page.getByText("Live", { exact: true }));
    await expectGone(sync.getByText("Before The Restart", { exact: true }));
    await createUser(second.url, "After The Restart");
    await expectShown(sync.getByText("After The Restart", { exact: true }));
    await expectShown(eventual.getByText("After The Restart", { exact: true }));
    await expectShown(page.getByText("Eventual 1", { exact: true }));
    expect(await page.locator(".cell").count()).toBe(1);
  } finally {
    await page.close();
    await second.stop();
  }
});

it("lets go of the server's streams while nobody sees the page, and is up to date again afterwards", async () => {
  const demo = await startServer();
  try {
    const { page, sync } = await openPage(browser, demo.url);
    const letGo = ["/lab/status/stream", "/events?after=0"].map((path) =>
      page.waitForEvent("requestfailed", (request) => request.url().endsWith(path)),
    );
    await setHidden(true);
    await Promise.all(letGo);
    await page.waitForLoadState("networkidle"); // the last reading of before is over
    await createUser(demo.url, "Written Unseen");
    expect(await sync.getByText("Written Unseen", { exact: true }).count()).toBe(0);
    await setHidden(false);
    await expectShown(sync.getByText("Written Unseen", { exact: true }));

    async function setHidden(hidden: boolean): Promise<void> {
      await page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    }
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await demo.stop();
  }
});
