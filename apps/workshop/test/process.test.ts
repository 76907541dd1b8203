import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../runner/paths.ts";
import { solve, temporaryFolder } from "./home.ts";

describe("npm run workshop", () => {
  it("is red with code 1, green with code 0, wrong with code 2, and then ends", async () => {
    const home = temporaryFolder();
    const red = await run(["--home", home, "check", "messages"]);
    expect(red).toMatchObject({ code: 1, error: "" });
    expect(red.out).toContain("✗ The wire changes nothing");
    solve(home, "messages");
    expect(await run(["--home", home, "check", "messages", "--json"])).toMatchObject({ code: 0 });
    expect(await run(["--home", home, "chekc"])).toMatchObject({ code: 2, out: "" });
  });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** What the root's script `workshop` runs. */
function run(args: readonly string[]): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "tsx", "--conditions=@counterpoint/source", "apps/workshop/runner/main.ts"],
      ...args,
    ],
    { cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, error })));
}
