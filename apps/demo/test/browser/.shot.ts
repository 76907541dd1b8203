import { launchBrowser } from "/work/main/apps/demo/test/browser/browser.ts";
import {
  startServer,
  openPage,
  createUser,
  request,
} from "/work/main/apps/demo/test/browser/demo-page.ts";
const demo = await startServer();
const browser = await launchBrowser();
try {
  const names = ["Ada Lovelace", "Grace Hopper", "Barbara Liskov", "Edsger Dijkstra"];
  const ids: string[] = [];
  for (const n of names) {
    ids.push(await createUser(demo.url, n));
    await new Promise((r) => setTimeout(r, 5));
  }
  await request(demo.url + "/lab/delay", "PUT", { delay_ms: 10000 });
  for (const [name, w, h, scheme] of [
    ["light", 1280, 800, "light"],
    ["dark", 1280, 800, "dark"],
    ["w360", 360, 780, "light"],
    ["w2560", 2560, 1440, "dark"],
    ["w768", 768, 1024, "light"],
  ] as const) {
    const { page, sync, eventual, complaints } = await openPage(browser, demo.url, {
      viewport: { width: w, height: h },
      colorScheme: scheme,
    });
    if (name === "light") {
      await page.getByRole("button", { name: "Example" }).click();
      await page.getByRole("button", { name: "Create user" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Radia Perlman");
      await page.getByLabel("Email").fill("radia@example.org");
      await page.getByRole("button", { name: "Create user" }).click();
      await page.getByRole("button", { name: "Rename Grace Hopper" }).first().click();
      await page.getByLabel("New name of Grace Hopper").fill("Admiral Hopper");
      await page.getByRole("button", { name: "Rename", exact: true }).click();
      await sync.getByRole("button", { name: "Remove Edsger Dijkstra" }).click();
      await page.getByLabel("Name", { exact: true }).fill("x");
      await page.getByLabel("Email").fill("nope");
      await page.getByRole("button", { name: "Create user" }).click();
      await page.getByText("must be an email").first().waitFor();
    }
    if (name === "w2560") { await page.getByRole("spinbutton").fill("500"); await page.getByRole("button",{name:"Send a burst"}).click(); await page.getByText("Done:").waitFor(); await page.getByText(/Connection|Live/).first().waitFor(); await request(demo.url + "/lab/delay", "PUT", { delay_ms: 300 }); await page.waitForTimeout(1500); await page.getByRole("button",{name:"Send a burst"}).click(); await page.getByText("Done:").waitFor(); await page.waitForTimeout(800); }
    await page.waitForTimeout(500);
    await page.screenshot({ path: `/tmp/pg/${name}.png` });
    if (name === "light" || name === "w360")
      await page.screenshot({ path: `/tmp/pg/${name}-full.png`, fullPage: true });
    console.log(
      name,
      complaints,
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
    );
    await page.context().close();
  }
} finally {
  await browser.close();
  await demo.stop();
}
