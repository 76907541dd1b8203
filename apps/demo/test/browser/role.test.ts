import { launchBrowser } from "@counterpoint/tooling/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { mintToken } from "../../server/access/token.ts";
import type { RunningDemo } from "../../server/serve.ts";
import { startServer } from "./demo-page.ts";
import { expectGone, expectShown } from "./expectations.ts";
import { setStage } from "./stage.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("the role switch of an open server", () => {
  const stage = setStage();

  it("makes a viewer of an admin, who may then neither write nor work the lab", async () => {
    const { page } = await stage.open();
    await expectShown(page.getByText("open to all on this machine"));
    const roles = page.getByLabel("Acting as");
    expect(await roles.inputValue()).toBe("admin");
    await roles.selectOption("viewer");
    await fillIn(page, "Not Wanted");
    await expectShown(page.getByText("CreateUser needs the role editor; you are viewer.").first());

    await roles.selectOption("editor");
    await page.getByRole("button", { name: "Create user" }).click();
    await expectShown(page.getByText("Not Wanted").first());
    await page.getByRole("button", { name: "Pause" }).click();
    await expectShown(
      page.getByText("PauseProjector needs the role admin; you are editor.").first(),
    );

    await page.reload();
    expect(await page.getByLabel("Acting as").inputValue()).toBe("editor");
  });
});

describe("a server that wants a token", () => {
  const SECRET = "a secret of thirty-two bytes or more";
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs };
  let demo: RunningDemo;
  let browser: Browser;
  beforeAll(async () => {
    [demo, browser] = await Promise.all([
      startServer({ authSecret: SECRET }, { clock }),
      launchBrowser(),
    ]);
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(async () => {
    await browser.close();
    await demo.stop();
  });

  it("asks for one, refuses a wrong one with a reason, and lets the bearer in, streams included", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(demo.url);
    await page.getByLabel("Token").fill("x.y.z");
    await page.getByRole("button", { name: "Go on" }).click();
    await expectShown(page.getByText("The token is refused: it is no JSON Web Token."));

    const claims = { sub: "grace", role: "editor", expiresAtMs: Date.now() + 600_000 } as const;
    await page.getByLabel("Token").fill(await mintToken(SECRET, claims));
    await page.keyboard.press("Enter");
    await expectShown(page.getByText("Live", { exact: true }));
    await expectShown(page.getByText("grace · editor, may read and write"));
    await fillIn(page, "Ada");
    await page
      .getByRole("button", { name: /^History of/ })
      .first()
      .click();
    await expectShown(page.getByRole("dialog").getByText("grace", { exact: true }));
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Sign out" }).click();
    await expectShown(page.getByRole("heading", { name: "Who are you?" }));
    await expectGone(page.getByText("Live", { exact: true }));
    expect(complaints).toEqual([]);
  });

  it("asks again when the token has run out", async () => {
    const page = await browser.newPage();
    await page.goto(demo.url);
    const claims = { sub: "ada", role: "viewer", expiresAtMs: Date.now() + 600_000 } as const;
    await page.getByLabel("Token").fill(await mintToken(SECRET, claims));
    await page.keyboard.press("Enter");
    await expectShown(page.getByText("ada · viewer, may read"));
    await expectGone(page.getByRole("heading", { name: "Who are you?" }));
    aheadMs = 600_000;
    await expectShown(page.getByRole("heading", { name: "Who are you?" }));
  });
});

async function fillIn(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill("somebody@example.org");
  await page.getByRole("button", { name: "Create user" }).click();
}
