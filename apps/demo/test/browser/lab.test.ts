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

  it("rebuilds the eventual model in place, and shows it empty in between", async () => {
    await createUser(stage.url, "Old Timer");
    const { page, sync, eventual } = await stage.open();
    await expectShown(eventual.getByText("Old Timer", { exact: true }));
    const rows = await sync.getByRole("listitem").count();
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(eventual.getByText("Paused", { exact: true }));

    await page.getByRole("button", { name: "Rebuild in place" }).click();
    await expectShown(page.getByText("Emptied. It is paused, so the replay waits.").first());
    await expect.poll(() => eventual.getByText("not here yet", { exact: true }).count()).toBe(rows);

    await page.getByRole("button", { name: "Resume" }).click();
    await expectShown(page.getByText(/^Rebuilt in place .* saw as few as 0 of/).first());
    await expectShown(eventual.getByText("Old Timer", { exact: true }));
    await expectGone(eventual.getByText("not here yet", { exact: true }));
  });

  it("rebuilds the eventual model beside, while the old one answers", async () => {
    await createUser(stage.url, "Never Missed");
    const { page, eventual } = await stage.open();
    await expectShown(eventual.getByText("Never Missed", { exact: true }));
    await page.getByRole("button", { name: "Rebuild beside" }).click();
    await expectShown(page.getByRole("progressbar", { name: "Rebuild beside" }));
    await expectShown(
      page.getByText(/^Rebuilt beside .* never saw fewer than (\d+) of \1 user/).first(),
    );
    await expectShown(eventual.getByText("Never Missed", { exact: true }));
  });

  it("says why a control did nothing", async () => {
    const { page } = await stage.open();
    await page.route("**/lab/pause", (route) => route.abort());
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(page.getByText("The server did not answer.").first());
  });
});

describe("crashes and workers", () => {
  it.each([
    ["before", /has applied 1 of the 1 event\. Nothing was lost/],
    ["after", /has applied 0 of the 1 event again\. Nothing was doubled/],
  ] as const)("kills the worker %s its transaction, and tells who went on", async (when, told) => {
    const { page, eventual } = await stage.open();
    await page.getByRole("tab", { name: "Crashes" }).click();
    const button = page.getByRole("button", { name: `Crash ${when} checkpoint` });
    await button.click();
    await expectShown(page.getByText("Armed. The next event sets it off: send a command."));
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    await createUser(stage.url, `Crash Test ${when}`);
    await expectShown(page.locator(".happened").getByText(told));
    await expectShown(eventual.getByText(`Crash Test ${when}`, { exact: true }));
    expect(await button.getAttribute("aria-pressed")).toBe("false");
  });

  it("lets a second worker take over when the leader is killed", async () => {
    const { page, eventual } = await stage.open();
    await page.getByRole("tab", { name: "Crashes" }).click();
    const workers = page.getByRole("list", { name: "Workers" }).getByRole("listitem");
    const kill = page.getByRole("button", { name: "Kill the leader" });
    expect(await kill.isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Add a worker" }).click();
    await expect.poll(() => workers.count()).toBe(2);
    await kill.click();
    await createUser(stage.url, "After The King");
    await expectShown(page.locator(".happened").getByText(/was killed.*took over after/));
    await expectShown(eventual.getByText("After The King", { exact: true }));
    await expect.poll(() => workers.allInnerTexts()).toEqual([expect.stringMatching(/leads$/)]);
  });
});

describe("deliveries", () => {
  it("delivers twice and drops wake-ups, and says why nothing came of it", async () => {
    const { page, eventual } = await stage.open();
    await page.getByRole("tab", { name: "Deliveries" }).click();
    await page.getByRole("radio", { name: "Twice" }).check();
    await page.getByRole("radio", { name: "Dropped" }).check();
    await expectShown(page.getByText(/^No wake-up comes/));
    await createUser(stage.url, "Delivered Twice");
    await expectShown(eventual.getByText("Delivered Twice", { exact: true }));
    await expectShown(
      page.getByText(/refused 1 second delivery\. Of 1 event, 0 took effect twice/),
    );
    await expectShown(page.getByText(/never came; the checkpoint is at the head/));
  });
});

describe("poison events", () => {
  it("stops at one, and goes on when the bug is repaired", async () => {
    const { page, sync, eventual } = await stage.open();
    await page.getByRole("tab", { name: "Poison" }).click();
    await page.getByRole("button", { name: "Plant the bug" }).click();
    await page.getByRole("button", { name: "Send the poison event" }).click();
    await expectShown(sync.getByText("Jennifer Null", { exact: true }).first());
    await expectShown(eventual.getByText("Stopped", { exact: true }));
    await expectShown(
      page.getByText(/^Stopped: .*the name is null\. The event is safe in the log\.$/),
    );
    await page.getByRole("button", { name: "Repair the bug" }).click();
    await page.getByRole("tab", { name: "Projector" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await expectShown(eventual.getByText("Jennifer Null", { exact: true }).first());
  });

  it("sets one aside, and retries or discards it", async () => {
    await stage.put("/lab/poison-policy", { policy: "park" });
    const { page, eventual } = await stage.open();
    await page.getByRole("tab", { name: "Poison" }).click();
    const letters = page.getByRole("region", { name: "Dead letters" });
    await page.getByRole("button", { name: "Plant the bug" }).click();
    for (const count of [1, 2]) {
      await page.getByRole("button", { name: "Send the poison event" }).click();
      await expect.poll(() => letters.getByText("parked", { exact: true }).count()).toBe(count);
    }
    await letters
      .getByRole("button", { name: /^Retry position/ })
      .first()
      .click();
    await expectShown(letters.getByText(/^It failed again/));
    await page.getByRole("button", { name: "Repair the bug" }).click();
    await letters
      .getByRole("button", { name: /^Discard… position/ })
      .first()
      .click();
    await letters.getByLabel("Why it is given up").fill("Sent twice by mistake");
    await page.keyboard.press("Enter");
    await expectShown(letters.getByText(/is given up\.$/));
    await letters.getByRole("button", { name: "Retry all" }).click();
    await expectShown(letters.getByText("Nothing is set aside."));
    await expectShown(eventual.getByText("Jennifer Null", { exact: true }).first());
    await letters.getByText("What was done, by whom").click();
    await expectShown(letters.getByText(/discarded by anonymous \(Sent twice by mistake\)/));
    await stage.post("/lab/rebuild", { mode: "in place" }); // whoever was discarded comes back
  });
});

describe("a burst", () => {
  it("sends what was asked for, and shows what commands and reads cost", async () => {
    await stage.put("/lab/delay", { delay_ms: 200 });
    const { page, sync, complaints } = await stage.open();
    await page.getByRole("tab", { name: "Cost" }).click();
    const burst = page.getByRole("region", { name: "What it costs" });
    await burst.getByLabel("Commands").fill("150");
    await burst.getByRole("button", { name: "Send a burst" }).click();
    await expectShown(burst.getByText(/^Done: 150 of 150 in [\d.]+ m?s, [\d,]+ a second\.$/));
    expect((await cells(burst, "Command latency"))[0]).toBe("150");
    const [count, p50] = await cells(burst, "Read lag");
    expect(count).toBe("150");
    expect(Number.parseFloat(p50 ?? "")).toBeGreaterThan(150);
    await expectShown(sync.getByText(/^\w+ 1\d\d$/).first());
    expect(await burst.locator("canvas").count()).toBe(1);

    await burst.getByRole("radio", { name: "5" }).check();
    await burst.getByLabel("Commands").fill("20");
    await burst.getByRole("button", { name: "Send a burst" }).click();
    await expect.poll(() => burst.locator(".cost-results tbody tr").count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  it("stops when it is cancelled", async () => {
    const { page } = await stage.open();
    await page.getByRole("tab", { name: "Cost" }).click();
    const burst = page.getByRole("region", { name: "What it costs" });
    await burst.getByLabel("Commands").fill("5000");
    await burst.getByRole("radio", { name: "0" }).check();
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
    await page.getByRole("tab", { name: "Cost" }).click();
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
