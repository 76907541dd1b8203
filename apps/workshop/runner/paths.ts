import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this workspace lies. */
export const APP: string = fileURLToPath(new URL("../", import.meta.url));

/** The top of the repository. */
export const REPOSITORY: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Where bundles and copies for the compiler go; ignored by git. */
export const CACHE: string = join(APP, ".cache");
