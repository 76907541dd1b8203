import { expect, it } from "vitest";
import { clientOf } from "./client.ts";
import { makeFolder, processesIn } from "./folders.ts";
import { startProgram } from "./program.ts";
import { expectNothingLost, startWriters } from "./writers.ts";

it.concurrent.for(["postgres", "pglite"])(
  "loses no acknowledged write when it is killed in the middle of writes on %s",
  { timeout: 120_000 },
  async (store) => {
    await using folder = await makeFolder();
    const args = [`--store=${store}`, "--data-dir", folder.path];
    await using first = startProgram(args);
    const writers = startWriters(clientOf(await first.url()));
    await writers.more(100);
    first.child.kill("SIGKILL");
    await first.exit;
    await writers.stop();
    expect(writers.unanswered).toBeGreaterThan(0);
    expect(writers.refusals).toEqual([]);

    await using second = startProgram(args);
    const client = clientOf(await second.url());
    await expectNothingLost(client, writers);
    expect(processesIn(folder.path).length).toBeGreaterThan(store === "postgres" ? 2 : 0);

    second.child.kill("SIGTERM");
    expect(await second.exit).toEqual({ code: 0, signal: null });
    expect(second.said.err).toBe("");
    expect(processesIn(folder.path)).toEqual([]);
  },
);
