import type { MessageOf } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import { encodeToken } from "@counterpoint/events";
import type { Projection, Projector } from "@counterpoint/read-model";
import { createProjector, isReadModelError, projection } from "@counterpoint/read-model";
import type { FaultyStore, ManualTime } from "@counterpoint/testing";
import { manualTime, withFaults } from "@counterpoint/testing";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { MemoryStore } from "./memory-store.ts";
import { createMemoryStore } from "./memory-store.ts";

// A projector over a store is driven by random commands, beside a model that predicts how far it is at every moment.

const Noted = event("Noted", { payload: type<{ page: string; text: string }>() });

const POLL_MS = 250;
const POISON = "poison";

interface World {
  readonly store: MemoryStore;
  readonly time: ManualTime;
  readonly notes: Projection<{ page: string; text: string }>;
  /** Whether the poisoned handler has been mended. */
  isHealed: boolean;
  /** Whether wake-ups get lost. */
  isDeaf: boolean;
  /** How many calls the process has left to live. */
  crashIn: { calls: number; when: "before" | "after" } | undefined;
  process: FaultyStore<MemoryStore>;
  projector: Projector;
}

/** An event as the model sees it; its position is its place in the list, from 1. */
interface Note {
  readonly page: string;
  readonly text: string;
  readonly atMs: number;
}

interface Model {
  nowMs: number;
  readonly log: Note[];
  position: number;
  /** The checkpoint when it was last looked at. */
  seen: number;
  delayMs: number;
  isPaused: boolean;
  isStopped: boolean;
  isHealed: boolean;
  isDeaf: boolean;
}

type Command = fc.AsyncCommand<Model, World>;

/** What the projector must have done by now, or at a given time. */
function progress(model: Model, nowMs = model.nowMs): number {
  let { position } = model;
  if (model.isPaused || model.isStopped) return position;
  for (const note of model.log.slice(position)) {
    if (note.atMs + model.delayMs > nowMs || isPoison(model, note)) break;
    position++;
  }
  return position;
}

function advanceModel(model: Model): void {
  if (model.isPaused || model.isStopped) return;
  model.position = progress(model);
  const next = model.log[model.position];
  if (next && next.atMs + model.delayMs <= model.nowMs && isPoison(model, next)) {
    model.isStopped = true;
  }
}

function isPoison({ isHealed }: Model, { text }: Note): boolean {
  return text === POISON && !isHealed;
}

/**
 * Brings the model up to date and compares it with the world.
 *
 * @param isSure - Whether the projector knows of everything; else it may be behind the model, and never ahead.
 */
async function compare(model: Model, world: World, isSure: boolean): Promise<void> {
  await world.time.settle();
  advanceModel(model);
  const checkpoint = await world.store.loadCheckpoint(world.notes);
  const { documents } = await world.store.readModel(world.notes).find();
  const [status] = (await world.projector.status()).projections;
  expect(status!.position).toBe(checkpoint);
  expect(documents).toEqual(folded(model.log.slice(0, checkpoint)));
  if (isSure) {
    expect(checkpoint).toBe(model.position);
    expect(status!.state).toBe(stateOf(model));
  } else {
    expect(checkpoint).toBeGreaterThanOrEqual(model.seen);
    expect(checkpoint).toBeLessThanOrEqual(model.position);
    if (status!.state === "stopped") expect(model.isStopped).toBe(true);
    model.position = checkpoint; // nobody has woken it: what it does not know yet, it has not done yet
    model.isStopped = status!.state === "stopped";
  }
  model.seen = checkpoint;
}

function stateOf({ isStopped, isPaused }: Model): string {
  if (isStopped) return "stopped";
  return isPaused ? "paused" : "running";
}

function folded(log: readonly Note[]): readonly { page: string; text: string }[] {
  const pages = new Map<string, string>();
  for (const { page, text } of log) pages.set(page, (pages.get(page) ?? "") + text);
  return [...pages]
    .map(([page, text]) => ({ page, text }))
    .sort((a, b) => (a.page < b.page ? -1 : 1));
}

function command(
  name: string,
  run: (model: Model, world: World) => Promise<boolean | void>,
  check: (model: Readonly<Model>) => boolean = () => true,
): Command {
  return {
    toString: () => name,
    check,
    async run(model, world) {
      const isSure = await run(model, world);
      await compare(model, world, isSure ?? !model.isDeaf);
    },
  };
}

async function append(
  model: Model,
  { store }: World,
  notes: readonly MessageOf<typeof Noted>["payload"][],
) {
  for (const note of notes) model.log.push({ ...note, atMs: model.nowMs });
  await store.append({ stream: "notes", events: notes.map((note) => Noted(note)) });
}

async function advance(model: Model, { time }: World, ms: number): Promise<void> {
  const endMs = model.nowMs + ms;
  await time.advance(ms);
  // event by event, as a batch would be cut by time
  for (const { atMs } of model.log.slice(model.position)) {
    const dueMs = atMs + model.delayMs;
    if (dueMs > endMs) break;
    model.nowMs = Math.max(model.nowMs, dueMs);
    advanceModel(model);
  }
  model.nowMs = endMs;
}

function start(world: Omit<World, "process" | "projector">, delayMs: number) {
  const { store, time, notes } = world;
  const process = withFaults(store, ({ method }) => {
    if (method === "wake") return world.isDeaf ? { kind: "drop" } : undefined;
    if (!world.crashIn || world.crashIn.calls-- > 0) return undefined;
    return { kind: "crash", when: world.crashIn.when };
  });
  const projector = createProjector(process.store, {
    projections: [notes],
    batchSize: 3,
    pollIntervalMs: POLL_MS,
    delayMs,
    clock: time,
    scheduler: time,
  });
  return { process, projector };
}

function createWorld(): World {
  const time = manualTime();
  const store = createMemoryStore({ clock: time });
  const notes = projection("notes", {
    version: 1,
    events: [Noted],
    columns: { page: "text", text: "text" },
    key: ({ payload }) => payload.page,
    on: {
      Noted: (before, { payload: { page, text } }) => {
        if (text === POISON && !world.isHealed) throw new Error("cannot read this");
        return { page, text: (before?.text ?? "") + text };
      },
    },
  });
  const rest = { store, time, notes, isHealed: false, isDeaf: false, crashIn: undefined };
  const world: World = Object.assign(rest, start(rest, 0));
  return world;
}

const note = fc.record({
  page: fc.constantFrom("a", "b", "c"),
  text: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("x", "y", "z") },
    { weight: 1, arbitrary: fc.constant(POISON) },
  ),
});
const notes = fc.array(note, { minLength: 1, maxLength: 5 });

const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  notes.map((given) =>
    command(`append ${given.map(({ page, text }) => page + text).join(" ")}`, (model, world) =>
      append(model, world, given),
    ),
  ),
  fc.constantFrom(1, 49, 100, POLL_MS, 1_000).map((ms) =>
    command(`advance ${ms} ms`, async (model, world) => {
      await advance(model, world, ms);
      return !model.isDeaf || ms >= POLL_MS;
    }),
  ),
  fc.constant(
    command("pause", async (model, { projector }) => {
      projector.pause();
      model.isPaused = true;
    }),
  ),
  fc.constant(
    command("resume", async (model, { projector }) => {
      projector.resume("notes");
      model.isPaused = false;
      model.isStopped = false;
      return true;
    }),
  ),
  fc.constantFrom(0, 50, 500).map((ms) =>
    command(`delay by ${ms} ms`, async (model, { projector }) => {
      projector.setDelay(ms);
      model.delayMs = ms;
      return true;
    }),
  ),
  fc.constant(
    command("stop and start", async (model, world) => {
      await world.projector.stop();
      expect((await world.projector.status()).projections[0]!.state).toBe("idle");
      await world.projector.start();
      return true;
    }),
  ),
  fc
    .tuple(notes, fc.nat(6), fc.constantFrom("before" as const, "after" as const))
    .map(([given, calls, when]) =>
      command(`append ${given.length} and crash ${when} call ${calls}`, async (model, world) => {
        world.crashIn = { calls, when };
        await append(model, world, given);
        await world.time.settle();
        const checkpoint = await world.store.loadCheckpoint(world.notes);
        expect(checkpoint).toBeGreaterThanOrEqual(model.position);
        expect(checkpoint).toBeLessThanOrEqual(model.log.length);
        const { documents } = await world.store.readModel(world.notes).find();
        expect(documents).toEqual(folded(model.log.slice(0, checkpoint)));
        world.crashIn = { calls: 0, when: "before" }; // the old process is dead by now, whatever it was about to do
        void world.projector.status(); // never answered
        world.crashIn = undefined;
        Object.assign(world, start(world, model.delayMs));
        model.position = checkpoint;
        model.isPaused = false;
        model.isStopped = false;
        await world.projector.start();
        return true;
      }),
    ),
  fc.constant(
    command("rebuild", async (model, world) => {
      await world.projector.rebuild("notes");
      model.position = 0;
      model.seen = 0;
      model.isStopped = false;
      return true;
    }),
  ),
  fc.constant(
    command("heal the handler", async (model, world) => {
      world.isHealed = true;
      model.isHealed = true;
    }),
  ),
  fc.boolean().map((isDeaf) =>
    command(isDeaf ? "lose wake-ups" : "hear wake-ups", async (model, world) => {
      world.isDeaf = isDeaf;
      model.isDeaf = isDeaf;
      await advance(model, world, POLL_MS);
      return true;
    }),
  ),
  fc.constantFrom(0, 33, 700).map((timeoutMs) =>
    command(`wait for the last event, ${timeoutMs} ms`, async (model, world) => {
      const wanted = model.log.length;
      const outcome = world.projector.waitFor(encodeToken(wanted), { timeoutMs }).then(
        () => "fresh",
        (error: unknown) => (isReadModelError(error) ? error.code : String(error)),
      );
      const sureBy = progress(model, model.nowMs + timeoutMs - 1);
      await advance(model, world, timeoutMs);
      const ended = await outcome;
      if (ended === "fresh") expect(model.position).toBeGreaterThanOrEqual(wanted);
      else expect(["STALE", "PROJECTION_STOPPED"]).toContain(ended);
      if (model.isDeaf) return timeoutMs >= POLL_MS;
      if (ended !== "fresh") expect(ended).toBe(model.isStopped ? "PROJECTION_STOPPED" : "STALE");
      if (sureBy >= wanted) expect(ended).toBe("fresh");
      return true;
    }),
  ),
];

it("follows the log as its model predicts, whatever is done to it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.commands([...COMMANDS], { maxCommands: 30, size: "max" }),
      async (commands) => {
        const world = createWorld();
        await world.projector.start();
        try {
          await fc.asyncModelRun(
            () => ({
              real: world,
              model: {
                nowMs: world.time.now(),
                log: [],
                position: 0,
                seen: 0,
                delayMs: 0,
                isPaused: false,
                isStopped: false,
                isHealed: false,
                isDeaf: false,
              },
            }),
            commands,
          );
        } finally {
          await world.projector.stop();
        }
      },
    ),
    { numRuns: 200 },
  );
});
