import { describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { authorCheck } from "./author-check.ts";

const catalog = readCatalog();
const reports = authorCheck(catalog);

describe("the exercises", () => {
  it("are the eighteen steps of the course", () => {
    expect(catalog.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, n) => n + 1));
  });

  it.each(catalog.map(({ slug }) => slug))(
    "%s keeps what it declares",
    async (slug) => {
      const report = (await reports).find((report) => report.slug === slug);
      expect(report?.problems).toEqual([]);
      expect(report?.runs).toBeGreaterThan(25);
    },
    600_000, // all exercises are looked at in one go, which the first of these waits for
  );
});
