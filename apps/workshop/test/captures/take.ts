import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGES, takePictures } from "./pictures.ts";

// Takes the pictures of the docs anew: `npm run captures`, in this workspace.

for (const [name, svg] of await takePictures()) {
  writeFileSync(join(IMAGES, name), svg);
  process.stdout.write(`docs/images/${name}\n`);
}
