import { fork } from "node:child_process";
import { join } from "node:path";
import type { RecordedEvent } from "@counterpoint/events";
import { REPOSITORY } from "./exercise.ts";

/** Something that happens to a read model: events that arrive, or a button that somebody presses. */
export type Act =
  | { readonly type: "events"; readonly events: readonly RecordedEvent[] }
  | { readonly type: "press"; readonly control: string };

/** What a read model says after an act, or why it says nothing any more. */
export type Scene =
  | {
      /** By concert. What is no number is told as a text. */
      readonly shown: Readonly<Record<string, number | string>>;
      readonly commands: readonly string[];
      readonly controls: readonly Control[];
    }
  | { readonly stopped: string };

export interface Control {
  readonly name: string;
  readonly label: string;
  /** `null` when it is no switch. */
  readonly on: boolean | null;
}

export interface PlayerOptions {
  readonly exercise: string;
  /** The code to play it with. */
  readonly code: string;
  /** How long an act may take before it counts as one without an end; milliseconds. */
  readonly patienceMs: number;
}

/** Plays an exercise with one folder of code, in a process of its own. */
export interface Player extends AsyncDisposable {
  /** Never rejects: whatever goes wrong has stopped it, for good. One act at a time. */
  perform(act?: Act): Promise<Scene>;
  /** What the code has written, the newest 2,000 characters. */
  readonly output: string;
}

const CHILD = join(REPOSITORY, "apps/workshop/stage/child.ts");
const MOST_OUTPUT = 2_000;
/** Loading TypeScript takes its time on a busy machine. */
const START_PATIENCE_MS = 60_000;

/** Starts a player. */
export function startPlayer({ exercise, code, patienceMs }: PlayerOptions): Player {
  const child = fork(CHILD, [exercise, code], {
    cwd: REPOSITORY,
    execArgv: ["--import", "tsx", "--conditions=@counterpoint/source"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  let ended: Scene | undefined;
  let answer: (scene: Scene) => void = () => {};
  let limitMs = START_PATIENCE_MS;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve()).once("error", () => resolve());
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-MOST_OUTPUT);
    });
  }
  child
    .on("message", (scene: Scene) => ("stopped" in scene ? end(scene.stopped) : answer(scene)))
    .on("error", (error) => end(`It could not be started: ${error.message}`))
    .on("disconnect", () => end("The code ended its process."));

  return {
    async perform(act) {
      if (ended) return ended;
      const scene = new Promise<Scene>((resolve) => (answer = resolve));
      const timer = setTimeout(
        (seconds: number) => {
          end(`No answer after ${seconds} s: an endless loop, or a promise that never settles?`);
        },
        limitMs,
        limitMs / 1_000,
      );
      limitMs = patienceMs;
      child.send({ act }, () => {}); // whoever cannot be reached has ended
      try {
        return await scene;
      } finally {
        clearTimeout(timer);
      }
    },
    get output() {
      return output;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };

  /** The first reason counts. */
  function end(stopped: string): void {
    ended ??= { stopped };
    answer(ended);
    child.kill("SIGKILL");
  }
}
