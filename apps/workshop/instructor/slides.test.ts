import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser } from "@counterpoint/tooling/browser";
import axe from "axe-core";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { APP, REPOSITORY } from "../runner/paths.ts";
import { renderDeck } from "./deck.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe("the slides", () => {
  it("are there for every step: a question, a picture or a trap, a debrief", () => {
    const slides = renderDeck().split('<div class="slide"').slice(1);
    for (const { step, title, core } of readCatalog()) {
      const own = slides.filter((slide) => slide.includes(`<footer>${step} · ${title}</footer>`));
      expect(own.length).toBeGreaterThanOrEqual(core ? 4 : 3);
      expect(own.length).toBeLessThanOrEqual(5);
      expect(own[0]).toContain(`<h1>${title}</h1>`);
      expect(own.at(-1)).toContain('class="debrief"');
    }
    const files = readdirSync(join(APP, "instructor/slides")).filter((name) =>
      name.endsWith(".md"),
    );
    expect(files).toHaveLength(readCatalog().length + 2);
  });

  it.each(["light", "dark"] as const)("fit, and can be read (%s)", async (colorScheme) => {
    const { page, asked } = await open(colorScheme);
    const { slides, problems } = await page.evaluate(lookForOverflow);
    expect(slides).toBeGreaterThan(50);
    expect(problems).toEqual([]);

    await page.evaluate(axe.source);
    const { passes, violations } = await page.evaluate<AxeResults>(
      `axe.run("main", { runOnly: ["color-contrast", "svg-img-alt", "duplicate-id-aria"] })`,
    );
    expect(passes.map(({ id }) => id)).toContain("color-contrast");
    expect(
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
    ).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("are led by keys", async () => {
    const { page } = await open("light", { view: "show" });
    const shown = (): Promise<string | undefined> =>
      page.locator(".slide.current").getAttribute("id").then(String);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowLeft");
    expect(await shown()).toBe("slide-2");
    expect(await page.locator("section:visible").count()).toBe(1);

    await page.keyboard.press("n");
    expect(await page.locator(".slide.current > .notes").isVisible()).toBe(true);
    expect(await page.locator(".slide.current > .notes").innerText()).toContain("Now the demo");

    await page.keyboard.press("t");
    const background = (): Promise<string> =>
      page.locator("section:visible").evaluate((slide) => getComputedStyle(slide).backgroundColor);
    expect(await background()).toBe("rgb(22, 27, 34)");
    await page.keyboard.press("t");
    expect(await background()).toBe("rgb(255, 255, 255)");

    await page.keyboard.press("o");
    expect(await page.locator("section:visible").count()).toBeGreaterThan(50);
    await page.locator("#slide-4").click();
    expect(await shown()).toBe("slide-4");
    await page.keyboard.press("Home");
    expect(await shown()).toBe("slide-1");
  });

  it("fill a small window and a large one", async () => {
    const { page } = await open("light", { view: "show" });
    for (const [width, height] of [
      [640, 480],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height });
      const slide = page.locator(".slide.current > section");
      await expect
        .poll(() => slide.boundingBox())
        .toMatchObject({ width, height: (width * 9) / 16, x: 0 });
    }
  });
});

it("npm run slides serves them on this machine alone", async () => {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "tsx", "--conditions=@counterpoint/source"],
      ...["apps/workshop/instructor/slides.ts", "--port", "0"],
    ],
    { cwd: REPOSITORY, stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8")));
      child.once("exit", () => reject(new Error("It ended without an address.")));
    });
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    const page = await (await fetch(url)).text();
    expect(page).toBe(renderDeck());
  } finally {
    child.kill();
  }
});

it.each([
  ["--bogus", "Unknown option '--bogus'"],
  ["--port=many", '--port must be a whole number from 0 to 65535, got "many"'],
  ["--port=65536", '--port must be a whole number from 0 to 65535, got "65536"'],
])("npm run slides refuses %s in one sentence", async (arg, sentence) => {
  const script = ["apps/workshop/instructor/slides.ts", arg];
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=@counterpoint/source", ...script],
    { cwd: REPOSITORY, stdio: ["ignore", "inherit", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  expect(await once(child, "close")).toEqual([2, null]);
  expect(said).toBe(`${sentence}. See npm run slides -- --help\n`);
});

/** Opens the slides: all below each other in their own size, or as they are shown. */
async function open(
  colorScheme: "light" | "dark",
  { view }: { readonly view?: "show" } = {},
): Promise<{ readonly page: Page; readonly asked: readonly string[] }> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 720 } });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) asked.push(request.url());
  });
  await page.setContent(renderDeck());
  if (view === undefined)
    await page.evaluate(() => delete document.documentElement.dataset["view"]);
  return { page, asked };
}

/** Runs in the browser. */
function lookForOverflow(): { readonly slides: number; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const sections = [...document.querySelectorAll(".slide > section")];
  for (const section of sections) {
    const room = section.getBoundingClientRect();
    const say = (what: string, { textContent }: Element): void => {
      problems.push(`${section.parentElement?.id}: ${what}: ${textContent.trim().slice(0, 50)}`);
    };
    if (room.width !== 1280 || room.height !== 720) say("is not 1280 × 720", section);
    for (const element of section.querySelectorAll("*:not(footer, svg defs, svg defs *)")) {
      const box = element.getBoundingClientRect();
      if (box.bottom > room.bottom - 64) say("reaches the foot", element);
      if (box.right > room.right - 60 || box.left < room.left + 60) say("is too wide", element);
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) {
        say("is wider than its box", element);
      }
    }
    const boxes = [...section.querySelectorAll(".lanes span")].map((box) => ({
      box,
      place: box.getBoundingClientRect(),
    }));
    for (const { box, place } of boxes) {
      const over = boxes.some(
        (other) =>
          other.box !== box &&
          Math.abs(other.place.top - place.top) < 1 &&
          other.place.left < place.right - 1 &&
          place.left < other.place.right - 1,
      );
      if (over) say("lies over another", box);
    }
  }
  return { slides: sections.length, problems };
}
