import { join } from "node:path";
import { readCatalog } from "../../runner/catalog.ts";
import { certificateSvg } from "../../runner/certificate.ts";
import { REPOSITORY } from "../../runner/paths.ts";
import { SCENES, SIZES, capture } from "./scenes.ts";
import { terminalSvg } from "./terminal-svg.ts";

/** Where the pictures of the docs lie. */
export const IMAGES: string = join(REPOSITORY, "docs/images");

/** Takes all pictures: name of the file → SVG. */
export async function takePictures(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const scene of SCENES) {
    for (const [index, picture] of (await capture(scene)).entries()) {
      files.set(`workshop-${scene.name}-${SIZES[index]?.[0]}.svg`, terminalSvg(picture));
    }
  }
  const honour = { name: "Ada Lovelace", date: new Date(2026, 1, 3, 12), scope: "course" } as const;
  files.set("workshop-certificate.svg", certificateSvg({ ...honour, steps: readCatalog() }));
  return files;
}
