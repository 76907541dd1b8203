import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { createUser } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

describe("the projector's controls", () => {
  it("sets the delay with the slider, and says what that does and did", async () => {
    const { page, eventual } = await stage.open();
    const slider = page.getByRole("slider", { name: /^Delay/ });
    await slider.fill("2500");
    await expectShown(page.getByText("The projector waits until an event is 2.5 s old."));
    await expectShown(page.getByText(/^Delay set to 2.5 s\./).first());
    await expect.poll(() => delayOf(stage.url)).toBe(2_500);

    await createUser(stage.url, "Late Arrival");
    await expectShown(eventual.getByText("not here yet", { exact: true }).first());
    await slider.fill("0");
    await expectShown(page.getByText(/^Delay off/).first());
    await expectGone(eventual.getByText("not here yet", { exact: true }));
  });

  it("follows a delay that somebody else sets", async () => {
    const { page } = await stage.open();
    await stage.put("/lab/delay", { delay_ms: 700 });
    await expectShown(page.getByText("0.7 s", { exact: true }));
    expect(await page.getByRole("slider").inputValue()).toBe("700");
  });

  it("pauses the projector while writes go on, and loses nothing", async () => {
    const { page, sync, eventual } = await stage.open();
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(page.getByText(/^Paused at checkpoint \d+\.$/).first());
    await expectShown(eventual.getByText("Paused", { exact: true }));

    await createUser(stage.url, "Written Meanwhile");
    await createUser(stage.url, "And Another");
    await expectShown(sync.getByText("And Another", { exact: true }));
    await expectShown(eventual.getByText("2 events", { exact: true }));
    expect(await eventual.getByText("not here yet", { exact: true }).count()).toBe(2);

    await page.getByRole("button", { name: "Resume" }).click();
    await expectShown(page.getByText(/^Resumed from checkpoint \d+\.$/).first());
    await expectShown(eventual.getByText("And Another", { exact: true }));
    await expectShown(eventual.getByText("0 events", { exact: true }));
    await expectShown(eventual.getByText("Running", { exact: true }));
  });

  it("rebuilds the eventual model from the log, and shows it empty in between", async () => {
    await createUser(stage.url, "Old Timer");
    const { page, sync, eventual } = await stage.open();
    await expectShown(eventual.getByText("Old Timer", { exact: true }));
    const rows = await sync.getByRole("listitem").count();
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(eventual.getByText("Paused", { exact: true }));

    await page.getByRole("button", { name: "Rebuild" }).click();
    await expectShown(page.getByText("Emptied. It is paused, so the replay waits.").first());
    await expect.poll(() => eventual.getByText("not here yet", { exact: true }).count()).toBe(rows);

    await page.getByRole("button", { name: "Resume" }).click();
    await expectShown(page.getByText(/^Rebuilt from the log, up to position \d+\.$/).first());
    await expectShown(eventual.getByText("Old Timer", { exact: true }));
    expect(await eventual.getByText("not here yet", { exact: true }).count()).toBe(0);
  });

  it("says why a control did nothing", async () => {
    const { page } = await stage.open();
    await page.route("**/lab/pause", (route) => route.abort());
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(page.getByText("The server did not answer.").first());
  });
});

describe("a burst", () => {
  it("sends what was asked for, and shows what commands and reads cost", async () => {
    await stage.put("/lab/delay", { delay_ms: 200 });
    const { page, complaints } = await stage.open();
    const burst = page.getByRole("region", { name: "What it costs" });
    await burst.getByLabel("Commands").fill("150");
    await burst.getByRole("button", { name: "Send a burst" }).click();
    await expectShown(burst.getByText(/^Done: 150 of 150 in [\d.]+ m?s, [\d,]+ a second\.$/));

    await expect.poll(async () => (await cells(burst, "Command latency"))[0]).toBe("150");
    await expect.poll(async () => (await cells(burst, "Read lag"))[0]).toBe("150");
    const [, p50] = await cells(burst, "Read lag");
    expect(Number.parseFloat(p50 ?? "")).toBeGreaterThanOrEqual(200);
    expect(complaints).toEqual([]);
  });

  it("stops when it is cancelled", async () => {
    const { page } = await stage.open();
    const burst = page.getByRole("region", { name: "What it costs" });
    await burst.getByLabel("Commands").fill("5000");
    await burst.getByRole("button", { name: "Send a burst" }).click();
    await expectShown(burst.getByText(/^Sent [1-9]/));
    await burst.getByRole("button", { name: "Cancel" }).click();
    const text = await burst.getByText(/^Cancelled after/).innerText();
    expect(Number(/after ([\d,]+)/.exec(text)?.[1]?.replace(",", ""))).toBeLessThan(5_000);
    await expectShown(burst.getByRole("button", { name: "Send a burst" }));
  });

  it("pages long lists, on both sides together", async () => {
    for (let number = 0; number < 12; number++)
      await createUser(stage.url, `Page Filler ${number}`);
    const { page, sync, eventual } = await stage.open();
    await expectShown(sync.getByText("Page Filler 11", { exact: true }));
    expect(await sync.getByRole("listitem").count()).toBe(5);
    await page.getByRole("button", { name: "Older" }).click();
    await expectShown(sync.getByText("Page Filler 6", { exact: true }));
    await expectShown(eventual.getByText("Page Filler 6", { exact: true }));
    expect(await sync.getByText("Page Filler 11", { exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "Newest" }).click();
    await expectShown(eventual.getByText("Page Filler 11", { exact: true }));
  });

  it("refuses sizes that make no sense", async () => {
    const { page } = await stage.open();
    const burst = page.getByRole("region", { name: "What it costs" });
    for (const size of ["9", "5001", "1.5", ""]) {
      await burst.getByLabel("Commands").fill(size);
      await expectShown(burst.getByText("From 10 to 5,000 commands."));
      expect(await burst.getByRole("button", { name: "Send a burst" }).isDisabled()).toBe(true);
    }
  });
});

describe("the log line", () => {
  it("shows the newest events, and which of them the eventual model has not applied", async () => {
    await stage.post("/lab/pause");
    await createUser(stage.url, "On The Line");
    const { page } = await stage.open();
    const head = await headOf(page);
    await expect.poll(() => cellsOfLine(page, "false")).toEqual([head]);
    await expectShown(page.getByText(`Eventual ${head - 1}`, { exact: true }));
    await stage.post("/lab/resume");
    await expectShown(page.getByText(`Eventual ${head}`, { exact: true }));
    await expect.poll(() => cellsOfLine(page, "false")).toEqual([]);
  });
});

async function delayOf(url: string): Promise<number> {
  const response = await fetch(`${url}/lab/status`);
  return ((await response.json()) as { delay_ms: number }).delay_ms;
}

function cells(region: Locator, row: string): Promise<string[]> {
  return region.getByRole("row", { name: row }).getByRole("cell").allInnerTexts();
}

async function headOf(page: Page): Promise<number> {
  const text = await page.getByRole("region", { name: "The log" }).locator("strong").innerText();
  return Number(text.replace(",", ""));
}

async function cellsOfLine(page: Page, applied: "true" | "false"): Promise<number[]> {
  const texts = await page.locator(`.cell[data-applied="${applied}"] .number`).allInnerTexts();
  return texts.map(Number);
}
