import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Folder } from "./folders.ts";
import { makeFolder, processesIn } from "./folders.ts";
import { startProgram } from "./program.ts";

const LONG = { timeout: 120_000 };

/** The demo does not start, and says why in one line that is no stack. */
async function refusal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using program = startProgram(args, env);
  expect(await program.exit).toEqual({ code: 2, signal: null });
  expect(program.said.out).toBe("");
  expect(program.said.err).toMatch(/^[^\n]+\.\n$/);
  return program.said.err.trim();
}

let folder: Folder;
let dataDir: string;
let server: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
beforeAll(async () => {
  folder = await makeFolder();
  dataDir = join(folder.path, "data");
  server = await startEmbeddedPostgres({ dataDir });
}, 120_000);
afterAll(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

describe("a data folder in use", () => {
  it.for(["postgres", "pglite"])("is refused to %s", LONG, async (store) => {
    const before = processesIn(dataDir).length;
    expect(await refusal([`--store=${store}`, "--data-dir", dataDir])).toBe(
      `The store "${store}" could not be opened: The data folder ${dataDir} is in use by process ${process.pid}. Stop that process, or choose another folder.`,
    );
    expect(processesIn(dataDir)).toHaveLength(before);
  });
});

it.for(["postgres", "pglite"])(
  "a file in the place of a folder is refused to %s",
  LONG,
  async (store) => {
    const file = join(folder.path, "data.txt");
    await writeFile(file, "");
    expect(await refusal([`--store=${store}`, "--data-dir", file])).toBe(
      `The store "${store}" could not be opened: The data folder ${file} is a file, not a folder. Choose another folder.`,
    );
  },
);

describe.concurrent("a place that the store cannot use", () => {
  it("is a data folder for memory", LONG, async () => {
    expect(await refusal(["--data-dir", "data"])).toBe(
      "The store memory keeps nothing. With --data-dir, add --store postgres or --store pglite.",
    );
  });

  it("is a data folder beside DATABASE_URL", LONG, async () => {
    const env = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
    expect(await refusal(["--store=postgres", "--data-dir", "data"], env)).toBe(
      "DATABASE_URL names a server that keeps its own data. Unset it, or leave --data-dir out.",
    );
  });
});

describe.concurrent("a DATABASE_URL", () => {
  it.for(["not an address", "http://localhost:5432/", "postgres://a:b@[/x"])(
    "that reads %s is refused",
    LONG,
    async (url) => {
      expect(await refusal(["--store=postgres"], { DATABASE_URL: url })).toBe(
        "DATABASE_URL must read like postgres://user:password@localhost:5432/database.",
      );
    },
  );

  it("where nobody listens is refused, and its password not shown", LONG, async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo; // of a TCP server
    await new Promise((resolve) => probe.close(resolve));
    const DATABASE_URL = `postgres://ada:secret@127.0.0.1:${port}/users?password=secret`;
    expect(await refusal(["--store=postgres"], { DATABASE_URL })).toBe(
      `DATABASE_URL names postgres://ada@127.0.0.1:${port}/users, which cannot be used: connect ECONNREFUSED 127.0.0.1:${port}.`,
    );
  });

  it.for<[part: "password" | "pathname", value: string, reason: string]>([
    ["password", "wrong", 'password authentication failed for user "postgres"'],
    ["pathname", "/nowhere", 'database "nowhere" does not exist'],
  ])("with a wrong %s for a server that runs is refused", LONG, async ([part, value, reason]) => {
    const url = new URL(server.connectionString);
    url[part] = value;
    const shown = new URL(url);
    shown.password = "";
    expect(await refusal(["--store=postgres"], { DATABASE_URL: url.href })).toBe(
      `DATABASE_URL names ${shown.href}, which cannot be used: ${reason}.`,
    );
  });
});
