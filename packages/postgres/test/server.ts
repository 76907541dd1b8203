import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../src/embedded.ts";

declare module "vitest" {
  export interface ProvidedContext {
    readonly connectionString: string;
  }
}

/** One real server for the whole run: `DATABASE_URL` when set, else the embedded one in a temporary folder. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL"];
  if (given) {
    project.provide("connectionString", given);
    return () => Promise.resolve();
  }
  const server = await startEmbeddedPostgres();
  project.provide("connectionString", server.connectionString);
  return () => server.stop();
}
