import type { AxeResults } from "axe-core";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { createUser } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

describe("access", () => {
  it.each(["light", "dark"] as const)(
    "has nothing for axe to complain about, with everything on show (%s)",
    async (colorScheme) => {
      const { page, eventual, complaints } = await stage.open({ colorScheme });
      await showEverything(page, eventual, colorScheme);
      expect(await violations(page)).toEqual([]);

      await page
        .getByRole("button", { name: /^History of/ })
        .first()
        .click();
      await expectShown(page.getByRole("dialog").locator("ol > li").first());
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");

      await page.getByRole("button", { name: "The poison event" }).click();
      for (const tab of await page.getByRole("tab").all()) {
        await tab.click();
        expect(await violations(page)).toEqual([]);
      }
      expect(complaints).toEqual([]);
    },
  );

  it("keeps the promise of a strict content security policy, styles included", async () => {
    const { page, complaints } = await stage.open();
    await page.route(stage.url, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": "default-src 'self'" };
      await route.fulfill({ response, headers });
    });
    await page.reload();
    await expectShown(page.getByText("Live", { exact: true }));
    await page.getByRole("button", { name: "projector", exact: true }).click();
    await expectShown(page.getByText(/^The runner that follows the log/));
    expect(complaints).toEqual([]);
  });

  it("asks nobody but its own server for anything", async () => {
    const { page } = await stage.open();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.reload();
    await expectShown(page.getByText("Live", { exact: true }));
    expect([...asked]).toEqual([stage.url]);
  });

  it.each([
    [360, 780],
    [768, 1024],
    [1280, 800],
    [2560, 1440],
  ])("fits %i pixels without scrolling sideways", async (width, height) => {
    await createUser(stage.url, "A name that fits nowhere ".repeat(8));
    const { page, eventual } = await stage.open({ viewport: { width, height } });
    await showEverything(page, eventual, `w${width}`);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      expect(await tooWide(page)).toEqual({ pixels: 0, wide: [] });
    }
  });
});
describe("the keyboard alone", () => {
  it("creates, renames, looks into the history and removes, with the focus always somewhere visible", async () => {
    const { page, sync } = await stage.open();
    await tabTo(page, "input[name=name]");
    await page.keyboard.type("Keyboard Only");
    await page.keyboard.press("Tab");
    await page.keyboard.type("keys@example.org");
    await page.keyboard.press("Enter");
    await expectShown(sync.getByText("Keyboard Only", { exact: true }));
    expect(await page.locator("input[name=name]").evaluate(hasFocus)).toBe(true);

    await tabTo(page, "[title='Rename Keyboard Only']");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Renamed By Keys");
    await page.keyboard.press("Enter");
    await expectShown(sync.getByText("Renamed By Keys", { exact: true }));
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute("title")))
      .toBe("Rename Renamed By Keys");

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("dialog");
    await expectShown(drawer.getByText("Registered as Keyboard Only"));
    await page.keyboard.press("Escape");
    await expectGone(drawer);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("title"))).toBe(
      "History of Renamed By Keys",
    );

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expectGone(sync.getByText("Renamed By Keys", { exact: true }));
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("rows");
  });

  it("works the switch, the slider and the buttons, and explains the words", async () => {
    const { page } = await stage.open();
    await tabTo(page, "input[type=radio]");
    await page.keyboard.press("ArrowRight");
    await expectShown(page.getByText(/waits until it is fresh enough/));
    expect(await page.getByRole("radio", { name: "Token" }).isChecked()).toBe(true);

    await tabTo(page, "input[type=range]");
    for (let press = 0; press < 3; press++) await page.keyboard.press("ArrowRight");
    await expectShown(page.getByText(/^Delay set to 0.3 s\./).first());
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await expectShown(page.getByText(/^Paused at checkpoint/).first());
    await tabTo(page, "[role=tab]");
    await page.keyboard.press("ArrowRight");
    await expectShown(page.getByRole("button", { name: "Crash before checkpoint" }));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expectShown(page.getByText(/^Armed\./));

    await page.locator(".term-word").first().focus();
    await page.keyboard.press("Enter");
    const explained = page.getByText(/^Asks the write side to change something/);
    await expectShown(explained);
    await page.keyboard.press("Escape");
    await expectGone(explained);
  });

  it("never loses the ring around what has the focus", async () => {
    const { page } = await stage.open();
    const ringless: string[] = [];
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("Tab");
      const bare = await page.evaluate(() => {
        const focused = document.activeElement;
        if (!focused || focused === document.body) return null;
        const ringed = focused.closest("label") ?? focused;
        const width = (element: Element) =>
          Number.parseFloat(getComputedStyle(element).outlineWidth);
        const style = (element: Element) => getComputedStyle(element).outlineStyle;
        const visible = [focused, ringed].some(
          (element) => style(element) !== "none" && width(element) >= 2,
        );
        return visible ? null : focused.outerHTML;
      });
      if (bare !== null) ringless.push(bare);
    }
    expect(ringless).toEqual([]);
  });
});

describe("what the page says aloud", () => {
  it("announces answers politely", async () => {
    const { page } = await stage.open();
    const said = page.locator("[role=status][aria-live=polite]");
    await page.getByRole("button", { name: "Create user" }).click();
    await said.getByText("Refused: Name is required; Email is required").waitFor();
    await page.getByRole("button", { name: "Example" }).click();
    await page.getByRole("button", { name: "Create user" }).click();
    await expectShown(said.getByText(/^Accepted\. Read back: (Fresh|Stale) after/));
  });
});

describe("motion", () => {
  it.each([
    ["reduce", "none"],
    ["no-preference", "arrive"],
  ] as const)("is what was asked for (%s)", async (reducedMotion, animation) => {
    await createUser(stage.url, "Somebody Moving");
    const { sync } = await stage.open({ reducedMotion });
    const name = sync.getByText("Somebody Moving", { exact: true }).first();
    await expectShown(name);
    expect(await name.evaluate((element) => getComputedStyle(element).animationName)).toBe(
      animation,
    );
  });
});

describe("the theme", () => {
  it("follows the system until somebody chooses, and remembers the choice", async () => {
    const { page } = await stage.open({ colorScheme: "dark" });
    const dark = await background(page);
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(() => background(page)).not.toBe(dark);
    await page.getByRole("button", { name: "Switch to dark" }).click();
    await expect.poll(() => background(page)).toBe(dark);
    await page.reload();
    await expectShown(page.getByRole("button", { name: "Switch to light" }));
    await expect.poll(() => background(page)).toBe(dark);
  });
});

/** Rows of every kind, marks, an error at a field, a refused command, a control's answer, a chart. */
async function showEverything(
  page: Page,
  eventual: ReturnType<Page["getByRole"]>,
  suffix: string,
): Promise<void> {
  const stay = await createUser(stage.url, `Old Name ${suffix}`);
  const leave = await createUser(stage.url, `Going Away ${suffix}`);
  await expectShown(eventual.getByText(`Going Away ${suffix}`, { exact: true }));
  await page.getByRole("button", { name: "Pause" }).click();
  await expectShown(eventual.getByText("Paused", { exact: true }));
  await fetch(`${stage.url}/users/${leave}`, { method: "DELETE" });
  await fetch(`${stage.url}/users/${stay}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: `New Name ${suffix}` }),
  });
  await page.getByRole("button", { name: "Example" }).click();
  await page.getByRole("button", { name: "Create user" }).click();
  await expectShown(eventual.getByText("not here yet", { exact: true }));
  await page.getByRole("button", { name: "Create user" }).click();
  await expectShown(page.getByText("Email is required", { exact: true }).first());
  await expectShown(eventual.getByText("old name", { exact: true }));
  await expectShown(eventual.getByText("still here", { exact: true }));
}

async function violations(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    }));
  });
}

async function tabTo(page: Page, selector: string): Promise<void> {
  for (let press = 0; press < 80; press++) {
    await page.keyboard.press("Tab");
    const there = await page.evaluate(
      (selector) => document.activeElement?.matches(selector),
      selector,
    );
    if (there) return;
  }
  throw new Error(`Tab never came to ${selector}`);
}

function hasFocus(element: Element): boolean {
  return document.activeElement === element;
}

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

/** What reaches beyond the right edge of the window. */
function tooWide(page: Page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > clientWidth + 1 && !element.closest(".track, .unseen");
    });
    return { pixels: scrollWidth - clientWidth, wide: wide.map(({ outerHTML }) => outerHTML) };
  });
}
