import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser } from "@counterpoint/tooling/browser";
import type { AxeResults } from "axe-core";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { startDemo } from "../../server/serve.ts";
import { expectShown } from "./expectations.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const EXERCISE = new URL("../../../workshop/exercises/idempotent-projection", import.meta.url)
  .pathname;

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe("the page of an exercise", () => {
  it("follows commands, and the learner's files, without being loaded again", async () => {
    const { page, complaints, solve } = await open("problem");
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));
    await press(page, "Reserve a seat");
    await expectShown(page.getByText("SeatReserved#1 concert-1"));
    await expectShown(page.getByText("Both say the same."));
    await press(page, "Deliver the last event again");
    await expectShown(page.getByText("1 too few"));
    solve("solution");
    await expectShown(page.getByText("Both say the same."));
    await expectShown(page.getByText("Deliver the last event again").last());
    expect(await page.locator("body").getAttribute("data-loaded")).toBe("once");
    expect(complaints).toEqual([]);
  });

  it("keeps the focus on the button that was pressed, and says what the write side refuses", async () => {
    const { page } = await open("solution");
    await press(page, "Deliver the last event again");
    await expectShown(page.getByText("Both say the same."));
    const pressed = page.getByRole("button", { name: "Deliver the last event again" });
    await expect.poll(() => pressed.evaluate((it) => it === document.activeElement)).toBe(true);
    await press(page, "Release a seat");
    await expectShown(page.getByText("No seat of this concert is reserved."));
  });

  it.each(["light", "dark"] as const)(
    "has nothing for axe to complain about (%s)",
    async (colorScheme) => {
      const { page } = await open("problem", colorScheme);
      await press(page, "Reserve a seat");
      await press(page, "Deliver the last event again");
      await press(page, "Crash in the next event, after its first save: off");
      await expectShown(page.getByText("1 too few"));
      await expectShown(page.getByRole("button", { pressed: true }));
      expect(await violationsOf(page)).toEqual([]);
    },
  );
});

async function open(variant: string, colorScheme: "light" | "dark" = "light") {
  const home = mkdtempSync(join(tmpdir(), "demo-exercise-"));
  const folder = join(home, "work/idempotent-projection");
  const solve = (variant: string): void => {
    cpSync(join(EXERCISE, variant), folder, { recursive: true });
  };
  mkdirSync(folder, { recursive: true });
  solve(variant);
  const demo = await startDemo(
    {
      ...{ port: 0, delayMs: 0, store: "memory", dataDir: undefined, databaseUrl: undefined },
      ...{ exercise: "idempotent-projection", home },
    },
    { createPage: async () => new Map(), exercisePatienceMs: 60_000 },
  );
  const context = await browser.newContext({ colorScheme });
  onTestFinished(async () => {
    await context.close();
    await demo.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${demo.url}/exercise`);
  return { page, complaints, solve };
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).first().click();
}

async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    return axe.run();
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
