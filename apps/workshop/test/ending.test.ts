import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runWorkshop } from "../runner/run-workshop.ts";
import { copyOfExercises, solve, temporaryFolder } from "./home.ts";
import { workshop, workshopJson } from "./session.ts";
import { FakeTerminal } from "./terminal.ts";

const CORE = ["messages", "command-bus"];
const exercises = (): string => copyOfExercises(...CORE, "query-bus");

describe("certificate", () => {
  it("is refused as long as core steps are missing, which it names", async () => {
    const home = homeWith({ messages: "2026-02-03T12:00:00.000Z" });
    const options = { exercises: exercises() };
    const { code, out } = await workshop(home, ["certificate", "--name", "Ada"], options);
    expect(code).toBe(1);
    expect(out).toBe("1 core step is missing for a certificate: 2 Command bus.\n");
    const { json } = await workshopJson(home, ["certificate", "--name", "Ada"], options);
    expect(json).toEqual({ file: null, missing: ["command-bus"] });
    expect(existsSync(join(home, "work"))).toBe(false);
  });

  it("is for the half day when the core steps are green, of the day on which the last became green", async () => {
    const home = homeWith({
      messages: "2026-02-03T12:00:00.000Z",
      "command-bus": "2026-02-01T12:00:00.000Z",
    });
    const args = ["certificate", "--name", "Ada <Lovelace>"];
    const { code, json } = await workshopJson(home, args, { exercises: exercises() });
    expect(code).toBe(0);
    expect(json).toMatchObject({
      name: "Ada <Lovelace>",
      scope: "half day",
      date: "2026-02-03T12:00:00.000Z",
      steps: CORE,
      missing: ["query-bus"],
    });
    const svg = readFileSync(join(home, "work/certificate.svg"), "utf8");
    expect(svg).toContain("The 2 core steps");
    expect(svg).toContain("Ada &lt;Lovelace&gt;");
    expect(svg).toContain("3 February 2026");
  });

  it("is for the course when everything is green, with what to read next", async () => {
    const home = homeWith(Object.fromEntries([...CORE, "query-bus"].map((slug) => [slug, GREEN])));
    const options = { exercises: exercises() };
    const { code, out } = await workshop(home, ["certificate", "--name", "Ada"], options);
    expect(code).toBe(0);
    expect(out).toContain(`Your certificate: ${join(home, "work/certificate.svg")}`);
    expect(out).toContain("What to read next");
    expect(out).toContain("Designing Data-Intensive Applications (2017)");
    expect(out).toContain("Clarified CQRS (https://udidahan.com/2009/12/09/clarified-cqrs/)");
    expect(readFileSync(join(home, "work/certificate.svg"), "utf8")).toContain("All 3 steps");
  });

  it("takes today for the date where an old file of progress has none", async () => {
    const home = homeWith({});
    const old = { current: "messages", done: [...CORE, "query-bus"] };
    writeFileSync(join(home, ".workshop/progress.json"), JSON.stringify(old));
    const args = ["certificate", "--name", "Ada"];
    const { json } = await workshopJson(home, args, { exercises: exercises() });
    expect(json).toMatchObject({ scope: "course", date: "2026-01-02T03:04:05.678Z" });
  });

  it.each([[["certificate"]], [["certificate", "--name", " \u0000 "]]])(
    "asks for a name (%j)",
    async (args) => {
      const home = homeWith({ messages: GREEN, "command-bus": GREEN });
      const { code, error } = await workshop(home, args, { exercises: exercises() });
      expect(code).toBe(2);
      expect(error).toMatch(/name/);
    },
  );
});

describe("the end on the live screen", () => {
  it("follows the last step: n, what to read, c, a name, a file", async () => {
    const home = homeWith({ "command-bus": GREEN, "query-bus": GREEN });
    solve(home, "messages");
    const { terminal, ended } = play(home, ["messages"]);
    await terminal.shows("Goal");
    await terminal.shows("enter back");
    await terminal.until((frame) => !frame.includes("checking…"));
    await terminal.press("\r");
    expect(await terminal.shows("✓ All 5 rules hold")).toContain("n the end · c certificate");
    await terminal.press("n");
    expect(await terminal.shows("The end")).toContain("Every step is green");
    expect(terminal.frame).toContain("What to read next");

    await terminal.press("c");
    await terminal.shows("Whom is the certificate for? ▏");
    await terminal.press("A", "d", "x", "\u007F", "a", " ", "\u001B[C", "q");
    await terminal.shows("Whom is the certificate for? Ada q▏");
    await terminal.press("\u007F", "L", ".", "\r");
    await terminal.shows("Your certificate: work/certificate.svg");
    expect(readFileSync(join(home, "work/certificate.svg"), "utf8")).toContain(">Ada L.<");

    await terminal.press("c", "B", "\u001B");
    expect(terminal.frame).toContain("n the end");
    await terminal.press("c", " ", "\r");
    await terminal.shows("A certificate needs a name with letters in it.");
    expect(readdirSync(join(home, "work")).filter((name) => name.endsWith(".svg"))).toHaveLength(1);
    await terminal.press("q");
    expect(await ended).toBe(0);
  });

  it("is not there while something is missing", async () => {
    const home = homeWith({});
    const { terminal, ended } = play(home, ["messages", "command-bus"]);
    await terminal.shows("enter back");
    await terminal.until((frame) => !frame.includes("checking…"));
    await terminal.press("\r", "c");
    await terminal.shows("2 core steps are missing for a certificate: 1 Messages, 2 Command bus.");
    await terminal.press("q");
    expect(await ended).toBe(0);
  });
});

const GREEN = "2026-02-03T12:00:00.000Z";

/** A learner's folder in which these steps have become green. */
function homeWith(greenAt: Readonly<Record<string, string>>): string {
  const home = temporaryFolder();
  const steps = Object.fromEntries(
    Object.entries(greenAt).map(([slug, greenAt]) => [slug, { greenAt }]),
  );
  mkdirSync(join(home, ".workshop"));
  writeFileSync(join(home, ".workshop/progress.json"), JSON.stringify({ schema: 1, steps }));
  return home;
}

function play(home: string, slugs: readonly string[]) {
  const terminal = new FakeTerminal(120, 40);
  const ended = runWorkshop(["--home", home, "start", slugs[0] ?? ""], {
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: process.stderr,
    env: {},
    exercises: copyOfExercises(...slugs),
    nextSeed: () => 812,
  });
  return { terminal, ended };
}
