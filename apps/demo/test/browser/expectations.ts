import type { Locator } from "playwright-core";
import { expect } from "vitest";

/** Expects that something comes to be seen, once. */
export function expectShown(locator: Locator): Promise<void> {
  return locator.waitFor();
}

/** Expects that something goes, with everything like it. */
export async function expectGone(locator: Locator): Promise<void> {
  await expect.poll(() => locator.filter({ visible: true }).count()).toBe(0);
}
