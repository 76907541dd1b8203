import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Programme } from "../../server/exercise/performance.ts";
import { startDemo } from "../../server/serve.ts";

// The files of learners are those of the exercises: the starter, the solution, and solutions that are known to be wrong.

const EXERCISES = new URL("../../../workshop/exercises", import.meta.url).pathname;
const PLAYABLE = readdirSync(EXERCISES)
  .map((slug) => join(EXERCISES, slug, "exercise.json"))
  .filter((file) => existsSync(file))
  .map((file) => ({
    slug: basename(dirname(file)),
    ...(JSON.parse(readFileSync(file, "utf8")) as { demo?: unknown; alternative: object }),
  }))
  .filter(({ demo }) => demo !== undefined);
const RESERVE = "concerts/concert-1/reserve";
const HISTORY = ["history", RESERVE, RESERVE, RESERVE, RESERVE, RESERVE];
/** One commit is later than twelve others that drew their ids after it. */
const LATE = ["slow", ...Array<string>(15).fill(RESERVE), "slow"];
const SOLD_ONE = "19 free, 1999 cents, tickets: 1";
const LONG = { timeout: 120_000 }; // each demo starts two processes

describe("an exercise in the demo", LONG, () => {
  it.each(
    PLAYABLE.flatMap(({ slug, alternative }) =>
      ["solution", ...Object.keys(alternative).map((name) => `alternative/${name}`)].map(
        (variant) => [slug, variant] as const,
      ),
    ),
  )("shows no difference for %s, %s, whatever happens", async (slug, variant) => {
    await using demo = await openWith(slug, variant);
    const { commands, controls } = await demo.state();
    expect(controls.length).toBeGreaterThan(1);
    const ask = async (concert: string): Promise<void> => {
      await demo.post(`concerts/${concert}/reserve`);
      for (const command of commands) await demo.post(`concerts/${concert}/${command}`);
    };
    await ask("concert-1");
    for (const { name } of controls) {
      await demo.post(`controls/${name}`);
      await ask("concert-1");
      await ask("concert-2");
      await demo.post(`controls/${name}`);
      await ask("concert-1");
    }
    const { differs, mine, reference } = await demo.state();
    expect({ differs, mine, reference }).toEqual({
      differs: false,
      mine: { state: "running", error: null },
      reference: { state: "running", error: null },
    });
  });

  it.each<[slug: string, variant: string, script: string[], reference: unknown, mine: unknown]>([
    ["checkpoint", "problem", ["crash", RESERVE], 19, 20],
    ["checkpoint", "wrong/checkpoint-afterwards", ["crash", RESERVE], 19, 18],
    ["idempotent-projection", "wrong/in-memory", [RESERVE, "restart", "all-again"], 19, 18],
    ["idempotent-projection", "wrong/apply-then-mark", ["crash", RESERVE], 19, 18],
    ["optimistic-concurrency", "problem", ["two-at-once", RESERVE], 19, 18],
    ["optimistic-concurrency", "problem", [RESERVE, "old-page", RESERVE], 18, 17],
    ["optimistic-concurrency", "wrong/tries-the-append-again", ["two-at-once", RESERVE], 19, 18],
    ["read-your-writes", "problem", ["lags", RESERVE], 19, 20],
    ["read-your-writes", "wrong/answers-anyway", ["stands", RESERVE], "stale", 20],
    ["read-your-writes", "wrong/remembers-the-writer", ["lags", "elsewhere", RESERVE], 19, 20],
    ["outbox", "problem", ["office-dies", RESERVE], 19, 20],
    ["outbox", "wrong/marks-before-sending", ["relay-dies", RESERVE], 19, 20],
    ["outbox", "wrong/looks-back-a-little", LATE, 5, 6],
    [
      "event-sourced-aggregate",
      "wrong/skips-the-event",
      HISTORY,
      "15 free, events: 5",
      "16 free, events: 5",
    ],
    [
      "rebuild-and-upcast",
      "problem",
      [RESERVE, "rebuild"],
      SOLD_ONE,
      "19 free, 1999 cents, tickets: 3",
    ],
  ])("shows what is wrong with %s, %s", async (slug, variant, script, reference, mine) => {
    await using demo = await openWith(slug, variant);
    for (const step of script) await demo.post(step === RESERVE ? step : `controls/${step}`);
    const { concerts } = await demo.state();
    expect(concerts[0]).toMatchObject({ reference, mine, differs: true });
    expect(concerts[1]).toMatchObject({ differs: false });
    expect(await demo.page()).toContain("Yours says something else than the solution.");
  });

  it("shows what a redelivery costs a projection that only counts", async () => {
    await using demo = await openWith("idempotent-projection", "problem");
    await demo.post("concerts/concert-1/reserve");
    expect(await demo.state()).toMatchObject({ differs: false });
    const { concerts, differs, script } = await demo.post("controls/last-again");
    expect(differs).toBe(true);
    expect(concerts[0]).toMatchObject({ free: 19, reference: 19, mine: 18, differs: true });
    expect(concerts[1]).toMatchObject({ free: 20, reference: 20, mine: 20, differs: false });
    expect(script).toEqual(["Deliver the last event again", "SeatReserved#1 concert-1"]);
    const page = await demo.page();
    expect(page).toContain("Yours says something else than the solution.");
    expect(page).toMatch(/class="differs"[\s\S]*concert-1[\s\S]*1 too few/);
  });

  it("shows which switch is on, and that it went off by itself", async () => {
    await using demo = await openWith("checkpoint", "solution");
    const isOn = async () => (await demo.state()).controls.find(({ name }) => name === "crash")?.on;
    expect(await isOn()).toBe(false);
    await demo.post("controls/crash");
    expect(await isOn()).toBe(true);
    await demo.post(RESERVE);
    expect(await isOn()).toBe(false);
  });

  it("stops where history is refused, and says by what", async () => {
    await using demo = await openWith("event-sourced-aggregate", "problem");
    for (const step of HISTORY) await demo.post(step === RESERVE ? step : `controls/${step}`);
    expect((await demo.state()).mine.error).toMatch(/TOO_MANY_SEATS \(concert\.ts:\d+\)/);
  });

  it.each([
    [
      "throws",
      `throw new RangeError("no such row");`,
      /RangeError: no such row \(projection\.ts:\d+\)/,
    ],
    ["rejects where nobody awaits", `void Promise.reject(new Error("lost"));`, /Error: lost/],
    ["ends the process", `process.exit();`, /The code ended its process/],
    ["never ends", `for (;;);`, /No answer after 5 s: an endless loop/, 5_000],
    ["waits for ever", `await new Promise(() => {});`, /promise that never settles/, 5_000],
  ])(
    "says that it has stopped when the code %s, and goes on without it",
    async (_, code, error, patienceMs = 60_000) => {
      await using demo = await openWith(
        "idempotent-projection",
        "solution",
        (text) => text.replace(/(async handle\(.*\) \{\n)/, `$1${code}\n`),
        patienceMs,
      );
      expect(await demo.state()).toMatchObject({ differs: false });
      await demo.post("concerts/concert-1/reserve");
      const { mine, reference, concerts, differs } = await demo.post("concerts/concert-1/reserve");
      expect(mine).toEqual({ state: "stopped", error: expect.stringMatching(error) });
      expect(reference).toEqual({ state: "running", error: null });
      expect(concerts[0]).toMatchObject({ free: 18, reference: 18, mine: null, differs: true });
      expect(differs).toBe(true);
      expect(await demo.page()).toContain("Yours has stopped.");
      expect((await demo.get("/health/ready")).status).toBe(200);
    },
  );

  it("says that it has stopped when a file does not compile, and plays all again when it does", async () => {
    await using demo = await openWith(
      "idempotent-projection",
      "solution",
      (text) => `${text}\n}}}\n`,
    );
    await demo.post("concerts/concert-1/reserve");
    const { mine, concerts } = await demo.post("controls/all-again");
    expect(mine).toEqual({ state: "stopped", error: expect.stringMatching(/projection\.ts/) });
    expect(concerts[0]).toMatchObject({ reference: 19, mine: null });
    demo.write(
      "projection.ts",
      readFileSync(join(EXERCISES, "idempotent-projection/solution/projection.ts"), "utf8"),
    );
    expect(await demo.state()).toMatchObject({
      mine: { state: "running", error: null },
      differs: false,
      concerts: [{ mine: 19 }, { mine: 20 }],
    });
  });

  it("begins again at the wish of the page", async () => {
    await using demo = await openWith("idempotent-projection", "problem");
    await demo.post("concerts/concert-1/reserve");
    await demo.post("controls/last-again");
    expect(await demo.post("begin-again")).toMatchObject({
      differs: false,
      script: [],
      concerts: [{ free: 20, mine: 20 }, { free: 20 }],
    });
  });

  it("shows what the code writes, and what it computes where no number comes out", async () => {
    await using demo = await openWith("idempotent-projection", "solution", (text) =>
      text
        .replace(
          "async handle(",
          'free: async () => { console.log("<b>asked</b>"); return NaN; }, async handle(',
        )
        .replace(/\n    free: async \(stream\).*/, ""),
    );
    const { concerts } = await demo.state();
    expect(concerts[0]).toMatchObject({ mine: "NaN", reference: 20, differs: true });
    await expect.poll(async () => (await demo.state()).output).toContain("<b>asked</b>");
    expect(await demo.page()).toContain("&lt;b&gt;asked&lt;/b&gt;");
  });

  it("refuses what the write side refuses, and what is not there", async () => {
    await using demo = await openWith("idempotent-projection", "solution");
    const refused = await demo.send("concerts/concert-1/release");
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("No seat") });
    for (const path of [
      "concerts/concert-9/reserve",
      "concerts/concert-1/toString",
      "controls/x",
    ]) {
      expect((await demo.send(path)).status).toBe(404);
    }
  });

  it("sends a browser back to the page, and has a page that works without a script", async () => {
    await using demo = await openWith("checkpoint", "solution");
    const page = await demo.page();
    expect(page).toContain('<form method="post" action="/exercise/concerts/concert-1/reserve">');
    const answer = await demo.send("concerts/concert-1/reserve", "text/html");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/exercise"]);
    const policy = (await demo.get("/exercise")).headers.get("content-security-policy");
    expect(policy).toContain("default-src 'self'");
    for (const path of ["/exercise/page.js", "/exercise/page.css", "/"]) {
      expect((await demo.get(path)).status).toBe(200);
    }
  });
});

describe("a demo without an exercise", () => {
  it.each([{}, { authSecret: "a secret of thirty-two bytes or more" }])(
    "says how to play one, to whoever looks for it, with %j",
    async (options) => {
      const demo = await startDemo({ ...OPTIONS, ...options }, { createPage });
      onTestFinished(() => demo.stop());
      expect(demo.exercise).toBeUndefined();
      const response = await fetch(`${demo.url}/exercise`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        detail: expect.stringContaining("with --exercise <slug>, and without AUTH_SECRET"),
      });
    },
  );
});

describe("an exercise that cannot be played", () => {
  it.each([
    ["5", /Step 5, Write handlers, is not played in the demo.* 11 checkpoint, 12 idempotent/],
    ["18", /Step 18, When not to, is not played in the demo/],
    ["nowhere", /There is no exercise "nowhere"\. The demo can play 11 checkpoint, 12 idempotent/],
    ["checkpoint", /There is no follower\.ts in .* npm run workshop -- start checkpoint/],
  ])("is refused with a sentence (%s)", async (exercise, message) => {
    const home = temporaryFolder();
    await expect(startDemo({ ...OPTIONS, exercise, home }, { createPage })).rejects.toThrow(
      message,
    );
  });
});

const OPTIONS = {
  port: 0,
  store: "memory",
  delayMs: 0,
  dataDir: undefined,
  databaseUrl: undefined,
} as const;

const createPage = async () =>
  new Map([
    ["/index.html", { body: new TextEncoder().encode("page"), type: "text/html", hashed: false }],
  ]);

/** Starts a demo with a learner's folder that holds a variant of an exercise. */
async function openWith(
  slug: string,
  variant: string,
  change: (text: string) => string = (text) => text,
  patienceMs = 60_000,
) {
  const home = temporaryFolder();
  const folder = join(home, "work", slug);
  mkdirSync(folder, { recursive: true });
  cpSync(join(EXERCISES, slug, variant), folder, { recursive: true });
  const { files } = JSON.parse(readFileSync(join(EXERCISES, slug, "exercise.json"), "utf8")) as {
    files: [string];
  };
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  const before = readFileSync(join(folder, files[0]), "utf8");
  write(files[0], change(before));
  const demo = await startDemo(
    { ...OPTIONS, exercise: slug, home },
    { createPage, exercisePatienceMs: patienceMs },
  );
  const get = (path: string) => fetch(`${demo.url}${path}`);
  const send = (path: string, accept = "application/json") =>
    fetch(`${demo.url}/exercise/${path}`, {
      method: "POST",
      headers: { accept },
      redirect: "manual",
    });
  return {
    get,
    send,
    write,
    page: async () => (await get("/exercise")).text(),
    state: async () => (await (await get("/exercise/state")).json()) as Programme,
    async post(path: string): Promise<Programme> {
      const answer = await send(path);
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as Programme;
    },
    [Symbol.asyncDispose]: () => demo.stop(),
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "demo-exercise-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
