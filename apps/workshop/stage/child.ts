import { rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { Place } from "../grading/report.ts";
import { bundle } from "../runner/bundle.ts";
import { placeOfStack } from "../runner/place.ts";
import type { SeatEvent, Stage } from "./stage.ts";

// The program that plays one exercise with one folder of code. Whoever starts it tells it, one message after the other,
// what happens, and it answers each with what the read model says then. It is a process of its own so that an endless
// loop, a `process.exit` or an error that nobody awaits ends it and nothing else.

/** What happens. Dates are ISO texts on the way. */
type Act =
  | { readonly type: "events"; readonly events: readonly (SeatEvent & { recordedAt: string })[] }
  | { readonly type: "press"; readonly control: string };

const [, , exercise = "", folder = ""] = process.argv;
const CONCERTS = ["concert-1", "concert-2"];

process.on("uncaughtException", (error) => void stop(error));
process.on("unhandledRejection", (error) => void stop(error));
process.on("disconnect", () => process.exit()); // whoever started it is gone

let stopping = false;
const loading = load().catch((error: unknown) => stop(error));
let turn: Promise<unknown> = loading;
process.on("message", ({ act }: { readonly act?: Act }) => {
  turn = turn.then(() => perform(act)).catch((error: unknown) => stop(error));
});

/** Makes one module of the stage and the code, as the grader does of rules and code: then it may lie anywhere. */
async function load(): Promise<Stage> {
  process.setSourceMapsEnabled(true);
  const contents = 'export { createStage } from "./demo.ts";';
  const made = await bundle({ exercise, folder, contents });
  if ("problem" in made) return stop(made.problem, made.place);
  try {
    const { createStage } = (await import(pathToFileURL(made.file).href)) as {
      readonly createStage: () => Stage | Promise<Stage>;
    };
    return await createStage();
  } finally {
    await rm(made.file, { force: true });
  }
}

async function perform(act: Act | undefined): Promise<void> {
  const stage = await loading;
  if (act?.type === "events") {
    await stage.deliver(
      act.events.map((event) => ({ ...event, recordedAt: new Date(event.recordedAt) })),
    );
  }
  if (act?.type === "press") await stage.controls[act.control]?.press();
  const shown = CONCERTS.map(
    async (concert) => [concert, plain(await stage.read(concert))] as const,
  );
  const controls = Object.entries(stage.controls).map(([name, { label, isOn }]) => {
    return { name, label, on: isOn?.() ?? null };
  });
  const { commands = ["reserve", "release"] } = stage;
  process.send?.({ shown: Object.fromEntries(await Promise.all(shown)), commands, controls });
}

/** What a learner's code has computed may be anything: NaN, undefined, a bigint. */
function plain(value: unknown): number | string {
  if (typeof value === "string" || (typeof value === "number" && Number.isFinite(value)))
    return value;
  return inspect(value);
}

/** Says what was wrong and where, and ends the process; nothing comes after it. */
function stop(error: unknown, place = placeOf(error)): Promise<never> {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stopped = place ? `${text} (${place.file}:${place.line})` : text;
  if (!stopping) process.send?.({ stopped }, () => process.exit(1));
  stopping = true;
  return new Promise(() => {});
}

function placeOf(error: unknown): Place | undefined {
  return error instanceof Error ? placeOfStack(error.stack ?? "", folder) : undefined;
}
