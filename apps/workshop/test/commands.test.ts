import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { edit, solve, temporaryFolder } from "./home.ts";
import { workshop, workshopJson } from "./session.ts";

describe("a learner without a terminal", () => {
  it("starts, sees red, takes hints, solves, sees green and goes on", async () => {
    const home = temporaryFolder();
    const resumed = await workshop(home, []);
    expect(resumed.code).toBe(1);
    expect(resumed.out).toContain("✗ The wire changes nothing (expected red: your task)");
    expect(resumed.out).toContain("work/messages/messages.ts:5");

    const started = await workshop(home, ["start", "1"]);
    expect(started.code).toBe(0);
    expect(started.out).toContain("Make commands and queries plain data");
    expect(started.out).not.toContain("Trap");

    for (const n of [1, 2, 3, 3]) {
      expect((await workshop(home, ["hint"])).out).toMatch(new RegExp(`^Hint ${n}/3`));
    }
    solve(home, "messages");
    const green = await workshop(home, ["check"]);
    expect(green.code).toBe(0);
    expect(green.out).toContain("✓ All 5 rules hold");
    expect(green.out).toContain("Trap");
    expect(green.out).toContain("1/4");
    expect(readFileSync(join(home, "work/messages/README.md"), "utf8")).toContain("## Trap");

    const next = await workshop(home, ["start", "command"]);
    expect(next.out).toContain("Command bus");
    expect((await workshop(home, ["check"])).code).toBe(1);
    expect((await workshop(home, ["check", "messages"])).code).toBe(0);
    const { json } = await workshopJson(home, ["progress"]);
    expect(json).toMatchObject({ current: "command-bus", green: 1, total: 4 });
  });

  it("says how to play a green step in the demo, where it can be played", async () => {
    const home = temporaryFolder();
    for (const slug of ["messages", "idempotent-projection"]) {
      await workshop(home, ["start", slug]);
      expect((await workshop(home, ["check", slug])).out).not.toContain("npm run demo");
      solve(home, slug);
    }
    expect((await workshop(home, ["check", "messages"])).out).not.toContain("npm run demo");
    const { out } = await workshop(home, ["check", "idempotent-projection"]);
    const command = `npm run demo -- --exercise idempotent-projection --home ${JSON.stringify(home)}`;
    expect(out).toContain(`See it run beside ours:\n  ${command}\n`);
    const { json } = await workshopJson(home, ["check", "idempotent-projection"]);
    expect(json).toMatchObject({ green: true, exercise: { demo: command } });
  });

  it("keeps the trap out of the page in the work folder until green, and its links alive", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "messages"]);
    const page = readFileSync(join(home, "work/messages/README.md"), "utf8");
    expect(page).not.toContain("## Trap");
    const [, link = ""] = /\]\((\.[^)]+contract\.ts)\)/.exec(page) ?? [];
    expect(existsSync(join(home, "work/messages", link))).toBe(true);
  });

  it("tells a rule that held at the start from the task", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "messages"]);
    solve(home, "messages");
    edit(join(home, "work/messages/messages.ts"), (text) =>
      text.replace(
        "return SeatsLeft({ concertId });",
        "return SeatsLeft({ concertId: new Date() as never });",
      ),
    );
    const { out } = await workshop(home, ["check"]);
    expect(out).toContain("✗ A question about seats survives too (this held at the start)");
  });

  it("shows what the learner's code prints", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "messages"]);
    edit(
      join(home, "work/messages/messages.ts"),
      (text) => `${text}\nconsole.log("I was here");\n`,
    );
    expect((await workshop(home, ["check"])).out).toContain("Your code wrote:\nI was here");
  });

  it("replays a seed", async () => {
    const home = temporaryFolder();
    const { json } = await workshopJson(home, ["check", "messages", "--seed", "77"]);
    expect(json["first"]).toMatchObject({ seed: 77 });
  });

  it("shows the case of the last red until it is mended", async () => {
    const home = temporaryFolder();
    let seed = 100;
    const nextSeed = (): number => (seed += 1);
    const seedOf = async (): Promise<unknown> => {
      const { json } = await workshopJson(home, ["check", "messages"], { nextSeed });
      return (json["first"] as { seed: number } | null)?.seed;
    };
    expect([await seedOf(), await seedOf(), await seedOf()]).toEqual([101, 101, 101]);
    solve(home, "messages");
    expect(await seedOf()).toBeUndefined();
    const { json } = await workshopJson(home, ["reset", "messages"]);
    expect(json["backup"]).not.toBeNull();
    expect(await seedOf()).toBe(105);
  });

  it("asks before it shows the solution, unless green", async () => {
    const home = temporaryFolder();
    const refused = await workshop(home, ["solution", "messages"]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.error).toContain("--yes");
    expect((await workshop(home, ["solution", "messages", "--yes"])).out).toContain("toISOString");
    const { json } = await workshopJson(home, ["list"]);
    expect((json["steps"] as unknown[])[0]).toMatchObject({ solutionSeen: true });

    await workshop(home, ["start", "2"]);
    solve(home, "command-bus");
    await workshop(home, ["check"]);
    expect((await workshop(home, ["solution"])).out).toContain("new Map");
  });

  it("puts files aside on reset, each time anew, and hands out the starter", async () => {
    const home = temporaryFolder();
    const now = () => new Date("2026-01-02T03:04:05.678Z");
    await workshop(home, ["start", "messages"]);
    const file = join(home, "work/messages/messages.ts");
    const starter = readFileSync(file, "utf8");
    for (const text of ["// first\n", "// second\n"]) {
      edit(file, () => text);
      await workshop(home, ["reset"], { now });
      expect(readFileSync(file, "utf8")).toBe(starter);
    }
    const backups = join(home, ".workshop/backups");
    const kept = readdirSync(backups).map((each) =>
      readFileSync(join(backups, each, "messages.ts"), "utf8"),
    );
    expect(kept.toSorted()).toEqual(["// first\n", "// second\n"]);
  });

  it("diffs from the learner's files to the solution", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "messages"]);
    const { out } = await workshop(home, ["diff"]);
    expect(out).toContain("--- mine/messages.ts\n+++ solution/messages.ts");
    expect(out).toContain('+const HoldSeat = command("HoldSeat", {');
    solve(home, "messages");
    expect((await workshop(home, ["diff"])).out).toContain("the solution, to the letter");
  });

  it("grades everything that was started", async () => {
    const home = temporaryFolder();
    expect((await workshop(home, ["check", "--all"])).out).toContain("not started");
    await workshop(home, ["start", "messages"]);
    await workshop(home, ["start", "command-bus"]);
    solve(home, "messages");
    const { code, json } = await workshopJson(home, ["check", "--all"]);
    expect(code).toBe(1);
    const checks = json["checks"] as { green: boolean; exercise: { slug: string } }[];
    expect(checks.map(({ green, exercise }) => [exercise.slug, green])).toEqual([
      ["messages", true],
      ["command-bus", false],
    ]);
  });
});

describe("surviving mutants", () => {
  it("tell their misconception after two attempts, and looking again is none", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "routing-properties"]);
    const file = join(home, "work/routing-properties/property.ts");
    const survivors = async (): Promise<unknown> => {
      const { json } = await workshopJson(home, ["check"]);
      return (json["mutants"] as { survivors: { misconception: string | null }[] }).survivors[0];
    };
    const hidden = { name: null, misconception: null };
    expect(await survivors()).toEqual(hidden);
    edit(file, (text) => text.replace('"reserved");', '"reserved" as const);'));
    expect(await survivors()).toEqual(hidden);
    expect(await survivors()).toEqual(hidden);
    edit(file, (text) => `${text}\n// a second thought\n`);
    expect(await survivors()).toMatchObject({ name: "lower-cased-keys" });
  });

  it("are not counted while a correct variant is refused", async () => {
    const home = temporaryFolder();
    await workshop(home, ["start", "routing-properties"]);
    solve(home, "routing-properties", "wrong/over-specified");
    const { json } = await workshopJson(home, ["check"]);
    expect(json["mutants"]).toMatchObject({ tried: false, correct: { total: 2, passed: 1 } });
    expect((await workshop(home, ["check"])).out).toContain(
      "mutants not tried · correct variants 1/2",
    );
  });
});

describe("the command line", () => {
  it.each([
    [["nope"], "There is no command nope"],
    [["start", "99"], "There is no step 99"],
    [["start", "1", "2"], "takes one step"],
    [["--frobnicate"], "Unknown option"],
    [["check", "--seed", "x"], "--seed must be a whole number"],
    [["author"], "author check"],
    [["author", "check", "nope"], "There is no exercise nope"],
  ])("refuses %j with code 2", async (args, message) => {
    const { code, out, error } = await workshop(temporaryFolder(), args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(error).toContain(message);
  });

  it("says what is wrong as JSON when JSON was asked for", async () => {
    const { code, json } = await workshopJson(temporaryFolder(), ["start", "99"]);
    expect(code).toBe(2);
    expect(json["error"]).toContain("There is no step 99");
  });

  it("explains itself", async () => {
    const { code, out } = await workshop(temporaryFolder(), ["--help"]);
    expect(code).toBe(0);
    for (const command of [
      "list",
      "start",
      "check",
      "hint",
      "diff",
      "solution",
      "reset",
      "progress",
      "doctor",
      "author check",
    ]) {
      expect(out).toContain(`  ${command}`);
    }
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("prints no colours where there is no terminal", async () => {
    const { out } = await workshop(temporaryFolder(), []);
    expect(out).not.toContain("\u001B");
  });
});

describe("the shape of --json", () => {
  it("of check is stable", async () => {
    const home = temporaryFolder();
    const { json } = await workshopJson(home, ["check", "12"]);
    const text = JSON.stringify(json).replaceAll(home, "/home/ada");
    expect(JSON.parse(text)).toMatchInlineSnapshot(`
      {
        "exercise": {
          "attempts": 0,
          "core": true,
          "demo": "npm run demo -- --exercise idempotent-projection --home "/home/ada"",
          "files": [
            "work/idempotent-projection/projection.ts",
            "work/idempotent-projection/property.ts",
          ],
          "greenAt": null,
          "hints": 0,
          "minutes": 25,
          "slug": "idempotent-projection",
          "solutionSeen": false,
          "starred": true,
          "startedAt": "2026-01-02T03:04:05.678Z",
          "step": 12,
          "title": "Idempotency",
        },
        "first": {
          "consequence": "A seat is gone that nobody has taken.",
          "expected": "19",
          "expectedRed": true,
          "file": "work/idempotent-projection/projection.ts",
          "given": "SeatReserved#1 → SeatReserved#1",
          "kind": "rule",
          "line": 29,
          "observed": "free 18",
          "rule": "Redelivery must not change the view",
          "seed": 812,
          "why": "delivery is at-least-once",
        },
        "green": false,
        "mutants": {
          "correct": {
            "passed": 2,
            "total": 2,
          },
          "dead": 2,
          "survivors": [
            {
              "misconception": null,
              "name": null,
            },
            {
              "misconception": null,
              "name": null,
            },
            {
              "misconception": null,
              "name": null,
            },
            {
              "misconception": null,
              "name": null,
            },
          ],
          "total": 6,
          "tried": true,
        },
        "output": "",
        "rules": [
          {
            "green": true,
            "rule": "Each event counts once when it comes once",
          },
          {
            "green": false,
            "rule": "Redelivery must not change the view",
          },
          {
            "green": false,
            "rule": "An older event that comes again changes nothing",
          },
          {
            "green": false,
            "rule": "A restart forgets nothing",
          },
          {
            "green": false,
            "rule": "A crash loses nothing and counts nothing twice",
          },
          {
            "green": true,
            "rule": "Each concert is counted by itself",
          },
          {
            "green": true,
            "rule": "The property uses the view",
          },
          {
            "green": true,
            "rule": "Every correct view passes",
          },
          {
            "green": false,
            "rule": "Every wrong view is caught",
          },
        ],
      }
    `);
  });

  it("of list is stable", async () => {
    const { json } = await workshopJson(temporaryFolder(), ["list"]);
    expect(Object.keys(json)).toEqual(["current", "green", "total", "steps"]);
    expect((json["steps"] as unknown[])[0]).toMatchInlineSnapshot(`
      {
        "attempts": 0,
        "core": true,
        "demo": null,
        "files": [
          "work/messages/messages.ts",
        ],
        "greenAt": null,
        "hints": 0,
        "minutes": 15,
        "slug": "messages",
        "solutionSeen": false,
        "starred": false,
        "startedAt": null,
        "step": 1,
        "title": "Messages",
      }
    `);
  });
});
