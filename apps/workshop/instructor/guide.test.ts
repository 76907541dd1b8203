import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { REPOSITORY } from "../runner/paths.ts";
import { titleOf } from "../runner/render.ts";
import { readSchedule } from "./schedule.ts";

const guide = readFileSync(join(REPOSITORY, "docs/workshop/instructor-guide.md"), "utf8");
const catalog = readCatalog();
const core = catalog.filter((exercise) => exercise.core);

/** Minutes after which people need a break; a step is not torn apart for it. */
const LONGEST_STRETCH = 105;

describe.each([
  ["half day", core],
  ["full day", catalog],
] as const)("the schedule of the %s", (name, steps) => {
  const slots = readSchedule(guide, name);

  it("has its steps in order, with the titles and the minutes of the exercises", () => {
    const planned = slots.filter(({ step }) => step !== undefined);
    expect(planned.map(({ what, minutes }) => ({ what, minutes }))).toEqual(
      steps.map((exercise) => ({ what: titleOf(exercise), minutes: exercise.minutes })),
    );
  });

  it("lets each thing begin when the one before has ended", () => {
    const ends = slots.map(({ start, minutes }) => start + minutes);
    expect(slots.slice(1).map(({ start }) => start)).toEqual(ends.slice(0, -1));
  });

  it("gives a break in time", () => {
    let sat = 0;
    const tired = slots.filter(({ what, minutes }) => {
      sat = /^(Break|Lunch)$/.test(what) ? 0 : sat + minutes;
      return sat > LONGEST_STRETCH;
    });
    expect(tired).toEqual([]);
  });
});

describe("the guide", () => {
  it("has a debrief for each step, under its title", () => {
    const headings = [...guide.matchAll(/^### (\d+ .+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(catalog.map(({ step, title }) => `${step} ${title}`));
    for (const debrief of guide.split(/^### /m).slice(1)) {
      expect(debrief).toContain("**Ask.**");
      expect(debrief).toContain("**A good answer**");
      expect(debrief).toContain("**You will see**");
    }
  });

  it("plays every story of the demo, by its name", () => {
    const scenarios = join(REPOSITORY, "apps/demo/web/src/scenarios/scenarios.ts");
    const titles = readFileSync(scenarios, "utf8").matchAll(/^ {4}title: "(.+)",$/gm);
    const [, section = ""] = guide.split(/^## The demo on the projector$|^## The slides$/m);
    const played = section.matchAll(/\*\*(The [a-z ]+)\*\*/g);
    const first = (matches: Iterable<RegExpMatchArray>) => Array.from(matches, ([, name]) => name);
    const told = new Set(first(titles));
    expect(told.size).toBeGreaterThan(0);
    expect(new Set(first(played))).toEqual(told);
  });

  it("gets the half day into four hours by its first four cuts", () => {
    const slots = readSchedule(guide, "half day");
    const work = slots.reduce((sum, { minutes }) => sum + minutes, 0);
    const cuts = [...guide.matchAll(/^\| \d+: .+?\| (\d+) minutes /gm)].map(([, n]) => Number(n));
    expect(cuts).toHaveLength(4);
    const saved = cuts.reduce((sum, minutes) => sum + minutes, 0);
    expect(work - saved).toBeLessThanOrEqual(4 * 60 + 10);
  });
});
