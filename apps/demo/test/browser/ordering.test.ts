import type { AxeResults } from "axe-core";
import axe from "axe-core";
import { launchBrowser } from "@counterpoint/tooling/browser";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { RunningDemo } from "../../server/serve.ts";
import { openPage, startServer } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const LONG = { timeout: 120_000 };

let memory: RunningDemo;
let postgres: RunningDemo;
let browser: Browser;
beforeAll(async () => {
  [memory, postgres, browser] = await Promise.all([
    startServer(),
    startServer({ store: "postgres" }, { beatMs: 10 }),
    launchBrowser(),
  ]);
});
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
afterAll(async () => {
  await browser?.close();
  await Promise.all([memory?.stop(), postgres?.stop()]);
});

async function openTab(url: string, options: Parameters<typeof openPage>[2] = {}) {
  const opened = await openPage(browser, url, options);
  await opened.page.getByRole("tab", { name: "Ordering" }).click();
  return opened;
}

async function run(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Run it four ways" }).click();
  const plays = page.getByRole("list", { name: "Four ways to read the log" });
  await plays.waitFor(LONG);
  return plays;
}

function play(page: Page, name: string): Locator {
  return page.getByRole("listitem", { name, exact: true });
}

async function violations(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
  });
}

describe("the ordering lab without a server", () => {
  it("says why it has nothing to show, and which command has", async () => {
    const { page } = await openTab(memory.url);
    await expectShown(page.getByText(/nothing can overtake here/));
    await expectShown(page.getByText("npm run demo -- --store postgres", { exact: true }));
    expect(await page.getByRole("button", { name: "Run it four ways" }).count()).toBe(0);
  });
});

describe("the ordering lab on Postgres", () => {
  it("loses an event before one's eyes, and then not", async () => {
    const { page, complaints } = await openTab(postgres.url);
    await run(page);
    const naive = play(page, "Naive cursor");
    await expectShown(naive.getByText("Loses A", { exact: true }));
    await expectShown(naive.locator(".play-event[data-became=lost]"));
    await expectShown(
      naive.getByText(/^A drew position 1 and committed when the reader had seen 2/),
    );
    await expectShown(naive.getByText("1 event", { exact: true }));
    for (const name of ["In-flight registry", "Serialised append", "xmin fence"]) {
      await expectShown(play(page, name).getByText("Loses nothing", { exact: true }));
      expect(await play(page, name).locator(".play-event[data-became=lost]").count()).toBe(0);
    }
    const serialized = play(page, "Serialised append");
    await expectShown(serialized.getByText(/^B waited .* for A before it could append\.$/));
    await expectShown(serialized.locator(".play-wait"));
    await expectShown(
      play(page, "In-flight registry").getByText(
        /until the append with the lower position had ended\.$/,
      ),
    );
    expect(complaints).toEqual([]);
  });

  it.each([
    ["no-preference", "sweep", true],
    ["reduce", "none", false],
  ] as const)(
    "is played in slow motion, if that is wanted (%s)",
    async (reducedMotion, name, canPlay) => {
      const { page } = await openTab(postgres.url, { reducedMotion });
      const plays = await run(page);
      const animation = () =>
        plays
          .locator(".play-track")
          .first()
          .evaluate((element) => getComputedStyle(element).animationName);
      await expect.poll(animation).toBe(name);
      const again = page.getByRole("button", { name: "Play it again in slow motion" });
      expect(await again.count()).toBe(Number(canPlay));
      await page.getByRole("radio", { name: "Rollback" }).check();
      await page.getByRole("radio", { name: "Overtaken writer" }).check();
      await expect.poll(animation).toBe("none"); // it was seen before
      if (!canPlay) return;
      await again.click();
      await expect.poll(animation).toBe("sweep");
    },
  );

  it("tells those who listen what came of it", async () => {
    const { page } = await openTab(postgres.url);
    await run(page);
    const said = page.locator("[role=status][aria-live=polite]");
    await expectShown(
      said.getByText(/Naive cursor: Loses A\. In-flight registry: Loses nothing\./),
    );
  });

  it("keeps the result of each schedule while others are looked at", async () => {
    const { page } = await openTab(postgres.url);
    await page.getByRole("radio", { name: "First to begin" }).check();
    await run(page);
    const verdict = play(page, "xmin fence").getByText("Gives B too late", { exact: true });
    await expectShown(verdict);
    await page.getByRole("radio", { name: "Rollback" }).check();
    await expectShown(page.getByText(/^A draws a position and gives up/));
    await expectGone(verdict);
    await page.getByRole("radio", { name: "First to begin" }).check();
    await expectShown(verdict);
  });

  it("has all of it as a table", async () => {
    const { page } = await openTab(postgres.url);
    await run(page);
    await page.getByText("Step by step, as a table").click();
    const row = page.getByRole("row", { name: /^B appends/ });
    const cells = await row.getByRole("cell").allInnerTexts();
    expect(cells).toEqual([
      "draws 2",
      "draws 2",
      expect.stringMatching(/^waits .* for A, then draws 2$/),
      "draws 2",
    ]);
    const looks = await page.getByRole("row", { name: /^The reader looks/ }).all();
    expect(await looks[0]?.getByRole("cell").allInnerTexts()).toEqual([
      "gets 2",
      ...["gets nothing", "gets nothing", "gets nothing"],
    ]);
  });

  it("can be worked with the keyboard alone, cancelled too", async () => {
    const { page, complaints } = await openPage(browser, postgres.url);
    let isLetThrough: () => void = () => {};
    const letThrough = new Promise<void>((resolve) => (isLetThrough = resolve));
    await page.route("**/lab/ordering", async (route) => {
      await letThrough;
      await route.continue().catch(() => {}); // the first one was cancelled
    });
    await page.getByRole("tab", { name: "Projector" }).focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await expectShown(page.getByText(/^U writes something else/));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expectShown(page.getByText(/^Real transactions on the real server/));
    await page.getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    const again = page.getByRole("button", { name: "Run it four ways" });
    await expectShown(again);
    isLetThrough();
    await again.focus();
    await page.keyboard.press("Enter");
    await play(page, "xmin fence")
      .getByText(/^2 events were kept from the reader .* until an older transaction had ended/)
      .waitFor(LONG);
    expect(complaints).toEqual([]);
  });

  it("says why it did nothing", async () => {
    const { page } = await openTab(postgres.url);
    await page.getByLabel("Acting as").selectOption("viewer");
    await page.getByRole("tab", { name: "Ordering" }).click();
    await page.getByRole("button", { name: "Run it four ways" }).click();
    await expectShown(page.locator(".ordering .error").getByText(/needs the role admin/));
  });

  it.each([
    [360, 780, "light"],
    [1280, 800, "dark"],
    [2560, 1440, "light"],
  ] as const)("fits %i × %i (%s), and axe finds nothing", async (width, height, colorScheme) => {
    const { page } = await openTab(postgres.url, { viewport: { width, height }, colorScheme });
    await run(page);
    await page.getByText("Step by step, as a table").click();
    const over = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const wide = [...document.querySelectorAll(".ordering *")].filter((element) => {
        const { right, width } = element.getBoundingClientRect();
        return width > 0 && right > clientWidth + 1 && !element.closest(".ordering-scroll");
      });
      return { pixels: scrollWidth - clientWidth, wide: wide.map(({ outerHTML }) => outerHTML) };
    });
    expect(over).toEqual({ pixels: 0, wide: [] });
    expect(await violations(page)).toEqual([]);
  });
});
