import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ProgressStore, SCHEMA, UNTOUCHED } from "../runner/progress.ts";
import { temporaryFolder } from "./home.ts";

const now = () => new Date("2026-01-02T03:04:05.678Z");

describe("progress", () => {
  it("begins empty, and comes back as it was written", () => {
    const folder = temporaryFolder();
    const store = new ProgressStore(folder, now);
    expect(store.read()).toEqual({ progress: { steps: {} } });
    store.updateStep("messages", (step) => ({ ...step, hints: 2, seed: 7 }));
    expect(new ProgressStore(folder, now).read().progress.steps).toEqual({
      messages: { ...UNTOUCHED, hints: 2, seed: 7 },
    });
    expect(written(folder)).toMatchObject({ schema: SCHEMA });
    expect(readdirSync(folder)).toEqual(["progress.json"]);
  });

  it.each([
    ["half a file", '{"schema": 1, "steps": {"mess'],
    ["nothing", ""],
    ["a list", "[1, 2]"],
    ["null", "null"],
    ["a schema of letters", '{"schema": "one"}'],
  ])("keeps a broken file aside (%s) and begins anew", (_, text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "progress.json"), text);
    const store = new ProgressStore(folder, now);
    const { progress, notice } = store.read();
    expect(progress).toEqual({ steps: {} });
    expect(notice).toContain("check --all");
    const [aside = ""] = readdirSync(folder);
    expect(aside).toBe("progress.broken-2026-01-02T03-04-05-678Z.json");
    expect(readFileSync(join(folder, aside), "utf8")).toBe(text);
    store.update((progress) => ({ ...progress, current: "messages" }));
    expect(store.read()).toEqual({ progress: { current: "messages", steps: {} } });
  });

  it("goes on from what it knows when the file is broken under it", () => {
    const folder = temporaryFolder();
    const store = new ProgressStore(folder, now);
    store.updateStep("messages", (step) => ({ ...step, greenAt: "2026" }));
    writeFileSync(join(folder, "progress.json"), "{");
    store.updateStep("command-bus", (step) => ({ ...step, hints: 1 }));
    expect(written(folder)).toMatchObject({
      steps: { messages: { greenAt: "2026" }, "command-bus": { hints: 1 } },
    });
  });

  it("reads what is left of a file in which somebody has meddled", () => {
    const folder = temporaryFolder();
    const messages = {
      attempts: -3,
      hints: 99,
      greenAt: "2026",
      seed: "x",
      starter: { a: 1, b: "2" },
    };
    const file = { schema: SCHEMA, current: 5, steps: { messages, broken: null, "no-list": [] } };
    writeFileSync(join(folder, "progress.json"), JSON.stringify(file));
    expect(new ProgressStore(folder, now).read()).toEqual({
      progress: {
        steps: { messages: { attempts: 0, hints: 3, greenAt: "2026", starter: { b: "2" } } },
      },
    });
  });

  it("takes over a file without a schema", () => {
    const folder = temporaryFolder();
    const file = { current: "command-bus", done: ["messages", 7] };
    writeFileSync(join(folder, "progress.json"), JSON.stringify(file));
    const store = new ProgressStore(folder, now);
    expect(store.read()).toEqual({
      progress: {
        current: "command-bus",
        steps: { messages: { ...UNTOUCHED, greenAt: "1970-01-01T00:00:00.000Z" } },
      },
    });
    store.update((progress) => progress);
    expect(written(folder)).toMatchObject({ schema: SCHEMA, current: "command-bus" });
  });

  it("keeps the original of a file of the future, and what of it is understood", () => {
    const folder = temporaryFolder();
    const file = { schema: SCHEMA + 1, steps: { messages: { greenAt: "2030", mood: "good" } } };
    writeFileSync(join(folder, "progress.json"), JSON.stringify(file));
    const store = new ProgressStore(folder, now);
    expect(store.read().notice).toContain("newer workshop");
    store.update((progress) => progress);
    expect(store.read().progress.steps["messages"]?.greenAt).toBe("2030");
    const aside = join(folder, `progress.schema-${SCHEMA + 1}.json`);
    expect(JSON.parse(readFileSync(aside, "utf8"))).toEqual(file);
  });

  it("steps over the lock of a runner that has crashed", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "progress.json.lock"));
    const store = new ProgressStore(folder, now);
    store.update((progress) => ({ ...progress, current: "messages" }));
    expect(store.read().progress.current).toBe("messages");
    expect(existsSync(join(folder, "progress.json.lock"))).toBe(false);
  });

  it("loses nothing when several runners write at once", async () => {
    const folder = temporaryFolder();
    const writers = ["a", "b", "c"].map((name) => runWriter(folder, name, 40));
    expect(await Promise.all(writers)).toEqual([0, 0, 0]);
    const { steps } = new ProgressStore(folder, now).read().progress;
    expect(steps).toEqual(
      Object.fromEntries(["a", "b", "c"].map((name) => [name, { ...UNTOUCHED, attempts: 40 }])),
    );
  });
});

function written(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, "progress.json"), "utf8"));
}

function runWriter(folder: string, name: string, times: number): Promise<number | null> {
  const writer = fileURLToPath(new URL("./progress-writer.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", writer, folder, name, String(times)], {
    stdio: "inherit",
  });
  return new Promise((resolve) => child.on("close", resolve));
}
