import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { createUser } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

describe("one command and two read models", () => {
  it("shows a new user at once on the one side, marked on the other, and then on both", async () => {
    await stage.put("/lab/delay", { delay_ms: 2_000 });
    const { page, sync, eventual, complaints } = await stage.open();

    await create(page, "Ada Lovelace");
    await expectShown(row(sync, "Ada Lovelace"));
    const missing = eventual
      .getByRole("listitem")
      .filter({ hasText: "Ada Lovelace: not here yet" });
    await expectShown(missing);
    await expectShown(eventual.getByText("1 event", { exact: true }));

    await expectShown(row(eventual, "Ada Lovelace"));
    await expectShown(eventual.getByText("0 events", { exact: true }));
    expect(await marks(page).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("marks the old name until the new one has arrived", async () => {
    await createUser(stage.url, "Grace Hopper");
    const { page, sync, eventual } = await stage.open();
    await expectShown(row(eventual, "Grace Hopper"));
    await stage.put("/lab/delay", { delay_ms: 2_000 });

    await sync.getByRole("button", { name: "Rename Grace Hopper" }).click();
    await page.getByLabel("New name of Grace Hopper").fill("  Admiral Hopper ");
    await page.keyboard.press("Enter");

    await expectShown(row(sync, "Admiral Hopper"));
    await expectShown(row(eventual, "Grace Hopper").getByText("old name"));
    await expectShown(row(eventual, "Admiral Hopper"));
    await expectGone(marks(page));
  });

  it("marks a removed user until the row is gone", async () => {
    await createUser(stage.url, "Edsger Dijkstra");
    const { sync, eventual } = await stage.open();
    await expectShown(row(eventual, "Edsger Dijkstra"));
    await stage.put("/lab/delay", { delay_ms: 2_000 });

    await sync.getByRole("button", { name: "Remove Edsger Dijkstra" }).click();

    await expectShown(sync.getByText("Edsger Dijkstra: gone already"));
    await expectShown(row(eventual, "Edsger Dijkstra").getByText("still here"));
    await expectGone(row(eventual, "Edsger Dijkstra"));
    await expectGone(sync.getByText("gone already"));
  });

  it("shows in a stale row what the write side says of it", async () => {
    await createUser(stage.url, "Tony Hoare");
    const { page, sync, eventual } = await stage.open();
    await expectShown(row(eventual, "Tony Hoare"));
    await stage.post("/lab/pause");
    await sync.getByRole("button", { name: "Remove Tony Hoare" }).click();
    await expectShown(row(eventual, "Tony Hoare").getByText("still here"));

    await eventual.getByRole("button", { name: "Remove Tony Hoare" }).click();

    await expectShown(row(eventual, "Tony Hoare").getByText(/^User .* not found$/));
    await expectShown(commands(page).first().getByText("404", { exact: true }));
  });

  it("sees what somebody else writes", async () => {
    const { sync, eventual } = await stage.open();
    await createUser(stage.url, "Frances Allen");
    await expectShown(row(sync, "Frances Allen"));
    await expectShown(row(eventual, "Frances Allen"));
  });
});

describe("the form and the list of commands", () => {
  it("shows what is wrong at the field, in the server's words, and goes there", async () => {
    const { page } = await stage.open();
    await page.getByRole("button", { name: "Create user" }).click();
    const name = page.getByLabel("Name", { exact: true });
    const email = page.getByLabel("Email");
    await expectShown(page.getByText("Name is required", { exact: true }));
    expect(await describedBy(name)).toBe("Name is required");
    expect(await describedBy(email)).toBe("Email is required");
    expect(await focused(page)).toBe("name");

    await name.fill("Radia");
    await email.fill("nobody");
    await page.keyboard.press("Enter");
    await expectGone(page.getByText("Name is required", { exact: true }));
    expect(await describedBy(email)).toBe("Email must be an email address");
    expect(await focused(page)).toBe("email");
    await expectShown(commands(page).first().getByText("400", { exact: true }));
  });

  it("lists each command with status, time, position and token", async () => {
    const { page } = await stage.open();
    await create(page, "Niklaus Wirth");
    const entry = commands(page).first();
    await expectShown(entry.getByText("Create Niklaus Wirth"));
    await expectShown(entry.getByText(/^position \d+$/));
    expect(await entry.innerText()).toMatch(/201\s+[\d.]+ ms\s+position \d+\s+token \S+/);
  });
});

describe("reading one's own writes", () => {
  it("counts a stale read, then waits with the token, and never waits on the synchronous side", async () => {
    await stage.put("/lab/delay", { delay_ms: 1_000 });
    const { page } = await stage.open();
    const tally = (mode: string) =>
      page.getByRole("region", { name: "Read your writes" }).getByRole("row", { name: mode });

    await create(page, "Reader One");
    await expectShown(
      commands(page)
        .first()
        .getByText(/^Stale after/),
    );
    expect((await cells(tally("Nothing"))).slice(0, 2)).toEqual(["1", "1"]);

    await page.getByRole("radio", { name: "Token" }).check();
    await create(page, "Reader Two");
    await expectShown(commands(page).first().getByText("Reading (token)…"));
    await expectShown(
      commands(page)
        .first()
        .getByText(/^Fresh after/),
    );
    const [reads, stale, took] = await cells(tally("Token"));
    expect([reads, stale]).toEqual(["1", "0"]);
    expect(msOf(took ?? "")).toBeGreaterThan(500);

    await page.getByRole("radio", { name: "Synchronous" }).check();
    await create(page, "Reader Three");
    await expectShown(
      commands(page)
        .first()
        .getByText(/^Fresh after/),
    );
    const sync = await cells(tally("Synchronous"));
    expect(sync.slice(0, 2)).toEqual(["1", "0"]);
    expect(msOf(sync[2] ?? "")).toBeLessThan(500);
  });
});

describe("the audit trail", () => {
  it("tells who did what, when and why, and what the row looked like then", async () => {
    const id = await createUser(stage.url, "Barbara Liskov");
    const { page, sync } = await stage.open();
    await sync.getByRole("button", { name: "Rename Barbara Liskov" }).click();
    await page.getByLabel("New name of Barbara Liskov").fill("Barbara L.");
    await page.keyboard.press("Enter");
    await sync.getByRole("button", { name: "History of Barbara L." }).click();

    const drawer = page.getByRole("dialog", { name: /^History of/ });
    const changes = drawer.locator("ol > li");
    await expectShown(changes.filter({ hasText: "Renamed from Barbara Liskov to Barbara L." }));
    expect(await changes.count()).toBe(2);
    const newest = await changes.first().innerText();
    expect(newest).toMatch(/Who\s+anonymous/);
    expect(newest).toMatch(/Why\s+RenameUser/);
    expect(newest).toMatch(/Row then\s+Barbara L\., barbara\.liskov@example\.org/);

    await fetch(`${stage.url}/users/${id}`, { method: "DELETE" });
    await expectShown(changes.filter({ hasText: "Removed Barbara L." }));
    await page.keyboard.press("Escape");
    await expectGone(drawer);
  });
});

async function create(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Email").fill("somebody@example.org");
  await page.getByRole("button", { name: "Create user" }).click();
  await expectShown(
    commands(page)
      .filter({ hasText: `Create ${name}` })
      .getByText("201"),
  );
}

/** A row that shows this user under this name; not the place where the user is missing. */
function row(panel: Locator, name: string): Locator {
  return panel
    .getByRole("listitem")
    .filter({ has: panel.page().getByText(name, { exact: true }) })
    .filter({ has: panel.page().getByRole("button") });
}

function marks(page: Page): Locator {
  return page.getByText(/not here yet|old name|still here|gone already/);
}

function commands(page: Page): Locator {
  return page.getByRole("list", { name: "Commands, newest first" }).getByRole("listitem");
}

async function cells(row: Locator): Promise<string[]> {
  return row.getByRole("cell").allInnerTexts();
}

function msOf(text: string): number {
  return Number.parseFloat(text) * (text.endsWith(" s") ? 1_000 : 1);
}

function describedBy(field: Locator): Promise<string | null | undefined> {
  return field.evaluate((input) => {
    const id = input.getAttribute("aria-describedby");
    return id === null ? null : document.getElementById(id)?.textContent;
  });
}

function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute("name"));
}
