import type { Locator } from "playwright-core";
import { describe, expect, it } from "vitest";
import { SCENARIOS } from "../../web/src/scenarios/scenarios.ts";
import { expectGone, expectShown } from "./expectations.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

describe("the guided stories", () => {
  it.each(SCENARIOS)("tells $title from the first step to the answer", async (scenario) => {
    const { title, steps, question, answer } = scenario;
    const { page, complaints } = await stage.open();
    await page.getByRole("button", { name: title }).click();
    const card = page.getByRole("region", { name: title });
    for (const [index, step] of steps.entries()) {
      await expectShown(card.getByText(step.does, { exact: true }));
      await expectShown(card.getByText(step.watch));
      await expectStep(card, index);
      await card.getByRole("button", { name: "Do it" }).click();
      const next = index + 1 < steps.length ? "Next step" : "The question";
      await card.getByRole("button", { name: next }).click({ timeout: 25_000 });
    }
    await expectShown(card.getByText(question, { exact: true }));
    await expectGone(card.getByText(answer, { exact: true }));
    await card.getByRole("button", { name: "Show the answer" }).click();
    await expectShown(card.getByText(answer, { exact: true }));
    await card.getByRole("button", { name: "Done" }).click();
    await expectShown(page.getByRole("region", { name: "Guided stories" }));
    expect(complaints).toEqual([]);
  });

  it("says so when somebody may not work the lab, and can be left at any time", async () => {
    const { page } = await stage.open();
    await page.getByLabel("Acting as").selectOption("viewer");
    await page.getByRole("button", { name: "The rebuild" }).click();
    const card = page.getByRole("region", { name: "The rebuild" });
    await card.getByRole("button", { name: "Do it" }).click();
    await expectShown(card.getByText(/needs the role admin/));
    await expectShown(card.getByRole("button", { name: "Try again" }));
    await card.getByRole("button", { name: "Leave the story" }).click();
    await expectShown(page.getByRole("region", { name: "Guided stories" }));
  });
});

async function expectStep(card: Locator, index: number): Promise<void> {
  const steps = card.getByRole("list", { name: "Steps" }).locator("li");
  await expect.poll(() => steps.nth(index).getAttribute("aria-current")).toBe("step");
}
