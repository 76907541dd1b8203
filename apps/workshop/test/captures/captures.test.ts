import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { IMAGES, takePictures } from "./pictures.ts";

it("shows in the docs what the runner shows (else: npm run captures -w @counterpoint/workshop)", async () => {
  const pictures = await takePictures();
  const there = readdirSync(IMAGES).filter((name) => name.startsWith("workshop-"));
  expect(there.toSorted()).toEqual([...pictures.keys()].toSorted());
  for (const [name, svg] of pictures) {
    const shown = readFileSync(join(IMAGES, name), "utf8");
    expect(textOf(shown)).toBe(textOf(svg));
    expect(shown).toBe(svg);
  }
});

/** Differences of texts are easier to read than those of pictures. */
function textOf(svg: string): string {
  return /<desc id="desc">([^<]*)</.exec(svg)?.[1] ?? "";
}
