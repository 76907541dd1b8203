import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ask } from "../../web/src/scenarios/run-step.ts";
import { observe, runStep } from "../../web/src/scenarios/run-step.ts";
import type { Answers, Facts, ScenarioStep } from "../../web/src/scenarios/scenario.ts";
import { SCENARIOS } from "../../web/src/scenarios/scenarios.ts";
import type { LabClient } from "./lab-client.ts";
import { isCaughtUp, openLab } from "./lab-client.ts";

const PATIENCE_MS = 30_000;

describe.each(["memory", "pglite", "postgres"] as const)("on %s", { timeout: 120_000 }, (store) => {
  let lab: LabClient;
  beforeAll(async () => {
    lab = await openLab(store);
  }, 120_000);
  afterAll(() => lab.demo.stop());

  const ask: Ask = (method, path, { body, headers }) =>
    fetch(`${lab.demo.url.replace("localhost", "127.0.0.1")}${path}`, {
      ...{ method, headers },
      ...(body !== undefined && { body }),
    });

  it.each(SCENARIOS)("$title shows what it promises, step by step", async ({ steps }) => {
    expect((await ask("POST", "/lab/reset", { headers: {} })).status).toBe(204);
    let answers: Answers = {};
    for (const step of steps) {
      answers = await runStep(ask, step, answers, () => performance.now());
      const facts = await untilHolds(step, answers);
      expect(step.saw(facts)).not.toMatch(/undefined|null|NaN|^$/);
      expect(facts.status.counts.events_applied_twice).toBe(0);
    }
    expect((await ask("POST", "/lab/reset", { headers: {} })).status).toBe(204);
    await lab.until((status) => isCaughtUp(status) && status.dead_letters === 0);
    expect(await lab.names("eventual")).toEqual(await lab.names("sync"));
  });

  async function untilHolds(step: ScenarioStep, answers: Answers): Promise<Facts> {
    const endsAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const facts = await observe(ask, answers);
      if (step.holds(facts)) return facts;
      if (performance.now() > endsAt) throw new Error(`"${step.does}": ${JSON.stringify(facts)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
