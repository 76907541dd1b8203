import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXERCISES } from "../runner/catalog.ts";
import { copyOfExercises, edit, solve, temporaryFolder } from "./home.ts";
import { workshop, workshopJson } from "./session.ts";

describe("an update of the exercises", () => {
  it("keeps progress when a step comes, goes and comes back", async () => {
    const home = temporaryFolder();
    const exercises = copyOfExercises("messages", "command-bus");
    await workshop(home, ["start", "command-bus"], { exercises });
    solve(home, "command-bus");
    await workshop(home, ["check"], { exercises });

    cpSync(join(EXERCISES, "routing-properties"), join(exercises, "routing-properties"), {
      recursive: true,
    });
    rmSync(join(exercises, "command-bus"), { recursive: true });
    const { json } = await workshopJson(home, ["progress"], { exercises });
    expect(json).toMatchObject({ current: "messages", green: 0, total: 2 });
    await workshop(home, ["start", "messages"], { exercises });

    cpSync(join(EXERCISES, "command-bus"), join(exercises, "command-bus"), { recursive: true });
    const back = await workshopJson(home, ["progress"], { exercises });
    expect(back.json).toMatchObject({ green: 1, total: 3 });
  });

  it("keeps progress when a step moves to another number", async () => {
    const home = temporaryFolder();
    const exercises = copyOfExercises("messages", "command-bus");
    await workshop(home, ["start", "messages"], { exercises });
    solve(home, "messages");
    await workshop(home, ["check"], { exercises });
    edit(join(exercises, "messages/exercise.json"), (text) =>
      text.replace('"step": 1', '"step": 9'),
    );
    const { json } = await workshopJson(home, ["progress"], { exercises });
    const steps = json["steps"] as { slug: string; greenAt: string | null }[];
    expect(steps.map(({ slug, greenAt }) => [slug, greenAt !== null])).toEqual([
      ["command-bus", false],
      ["messages", true],
    ]);
  });

  it("renews a starter that nobody has edited, and says so", async () => {
    const home = temporaryFolder();
    const exercises = copyOfExercises("messages");
    await workshop(home, ["start"], { exercises });
    edit(join(exercises, "messages/problem/messages.ts"), (text) => `// renewed\n${text}`);
    const { out } = await workshop(home, ["check"], { exercises });
    expect(out).toContain("messages.ts is new");
    expect(mine(home)).toMatch(/^\/\/ renewed/);
  });

  it("leaves an edited file alone, says so each time, and reset brings the new one", async () => {
    const home = temporaryFolder();
    const exercises = copyOfExercises("messages");
    await workshop(home, ["start"], { exercises });
    edit(join(home, "work/messages/messages.ts"), (text) => `// mine\n${text}`);
    edit(join(exercises, "messages/problem/messages.ts"), (text) => `// renewed\n${text}`);
    for (let time = 0; time < 2; time++) {
      const { out } = await workshop(home, ["check"], { exercises });
      expect(out).toContain("The starter of messages.ts was updated; yours stays");
    }
    expect(mine(home)).toMatch(/^\/\/ mine/);
    await workshop(home, ["reset"], { exercises });
    expect(mine(home)).toMatch(/^\/\/ renewed/);
    expect((await workshop(home, ["check"], { exercises })).out).not.toContain("was updated");
  });

  it("hands out a file that a step has got, beside what was there", async () => {
    const home = temporaryFolder();
    const exercises = copyOfExercises("messages");
    await workshop(home, ["start"], { exercises });
    edit(join(home, "work/messages/messages.ts"), (text) => `// mine\n${text}`);
    edit(join(exercises, "messages/exercise.json"), (text) =>
      text.replace('["messages.ts"]', '["messages.ts", "more.ts"]'),
    );
    writeFileSync(join(exercises, "messages/problem/more.ts"), "export {};\n");
    expect((await workshop(home, ["check"], { exercises })).out).toContain(
      "New in work/messages: more.ts",
    );
    expect(mine(home)).toMatch(/^\/\/ mine/);
  });

  it("goes on with the folder of a learner from before step 6, when starters were others too", async () => {
    const home = temporaryFolder();
    const before = layOlderFolder(home);
    const options = { exercises: EXERCISES };
    const { json } = await workshopJson(home, ["progress"], options);
    expect(json).not.toHaveProperty("notice");
    expect(json).toMatchObject({ current: "middleware", green: 3, total: 18 });
    const steps = json["steps"] as Record<string, unknown>[];
    expect(steps.filter(({ greenAt }) => greenAt !== null).map(({ slug }) => slug)).toEqual([
      "messages",
      "routing-properties",
      "write-handlers",
    ]);
    expect(steps[2]).toMatchObject({
      slug: "routing-properties",
      greenAt: "2026-03-14T09:25:00.000Z",
      attempts: 1,
      hints: 2,
    });
    expect(steps[5]).toMatchObject({ slug: "repository", startedAt: null, greenAt: null });

    const edited = await workshop(home, ["check", "messages"], options);
    expect(edited).toMatchObject({ code: 0 });
    expect(edited.out).toContain("The starter of messages.ts was updated; yours stays");
    expect(mine(home)).toBe(before["work/messages/messages.ts"]);
    const untouched = await workshop(home, ["check", "command-bus"], options);
    expect(untouched.out).toContain("command-bus.ts is new: the exercise was updated");
    expect(untouched.out).toContain("(expected red: your task)");
    const resumed = await workshop(home, [], options);
    expect(resumed.out).toContain("7 Middleware");
    expect(resumed.out).toContain("Each try has a transaction of its own");
    const added = await workshop(home, ["start", "6"], options);
    expect(added.out).toContain("New in work/repository: box-office.ts, property.ts.");
    expect((await workshopJson(home, ["progress"], options)).json).toMatchObject({
      current: "repository",
      green: 3,
    });
  });

  it("grades on when the progress is lost, and finds out what is green", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "messages"]);
    solve(home, "messages");
    await workshop(home, ["check"]);
    writeFileSync(join(home, ".workshop/progress.json"), "{ broken");
    const first = await workshop(home, ["list"]);
    expect(first.out).toContain("it was kept as");
    await workshop(home, ["check", "--all"]);
    expect((await workshopJson(home, ["progress"])).json).toMatchObject({ green: 1 });
  });
});

/** Lays out the folder that a learner had when there were 17 steps; `messages` and `command-bus` began otherwise then. */
function layOlderFolder(home: string): Readonly<Record<string, string>> {
  const fixture = new URL("./fixtures/learner-before-step-6.json", import.meta.url);
  const files = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, string>;
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), text);
  }
  return files;
}

function mine(home: string): string {
  return readFileSync(join(home, "work/messages/messages.ts"), "utf8");
}
