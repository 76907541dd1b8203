import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Concert, Concerts } from "./concerts.ts";
import { CONCERTS, SEAT_COMMANDS, openConcerts } from "./concerts.ts";
import type { Exercise } from "./exercise.ts";
import type { Act, Control, Player, Scene } from "./player.ts";
import { startPlayer } from "./player.ts";

/** All that the page shows. */
export interface Programme {
  readonly exercise: Pick<Exercise, "slug" | "step" | "title" | "work" | "tries">;
  readonly concerts: readonly ConcertRow[];
  /** What can be asked of the write side. */
  readonly commands: readonly string[];
  readonly controls: readonly Control[];
  readonly reference: Side;
  readonly mine: Side;
  /** Whether one of the rows differs, or the learner's side has stopped. */
  readonly differs: boolean;
  /** What has happened, the newest first. */
  readonly script: readonly string[];
  /** What the learner's code has written. */
  readonly output: string;
}

export interface ConcertRow {
  readonly concert: Concert;
  /** As the write side has it. */
  readonly free: number;
  /** As the read models have it, `null` when one is stopped. */
  readonly reference: number | string | null;
  readonly mine: number | string | null;
  readonly differs: boolean;
}

export interface Side {
  readonly state: "running" | "stopped";
  readonly error: string | null;
}

/** Plays one exercise twice, with the solution and with the learner's files. */
export interface Performance extends AsyncDisposable {
  programme(): Promise<Programme>;
  /**
   * @returns `false` when this exercise has no such command.
   * @throws {ProblemError} When the write side refuses.
   */
  command(name: keyof typeof SEAT_COMMANDS, concert: Concert): Promise<boolean>;
  /** @returns `false` when there is no such button. */
  press(control: string): Promise<boolean>;
  /** Forgets all that has happened. */
  beginAgain(): Promise<void>;
}

/**
 * Opens a performance. Both sides get the same events and the same buttons, one after the other.
 *
 * When the learner's files change, their side begins anew and everything that has happened happens to it again.
 */
export function openPerformance(exercise: Exercise, patienceMs: number): Performance {
  const start = (code: string) => startPlayer({ exercise: exercise.folder, code, patienceMs });
  let concerts: Concerts = openConcerts();
  let script: { readonly act: Act; readonly text: string }[] = [];
  let position = 0;
  let played = fingerprint(exercise);
  let reference = part(start(exercise.reference));
  let mine = part(start(exercise.mine));
  let turn: Promise<unknown> = Promise.all([reference.play(), mine.play()]);

  return {
    programme: () =>
      inTurn(async () => {
        await renew();
        return programme();
      }),
    command: (name, concert) =>
      inTurn(async () => {
        await renew();
        const { scene } = reference;
        if (!("stopped" in scene) && !scene.commands.includes(name)) return false;
        await concerts.commands.dispatch(SEAT_COMMANDS[name]({ concert }));
        const events = await concerts.eventsAfter(position);
        position = events.at(-1)?.position ?? position;
        const text = events.map(({ type, stream, version }) => `${type}#${version} ${stream}`);
        await both({ act: { type: "events", events }, text: text.join(", ") });
        return true;
      }),
    press: (control) =>
      inTurn(async () => {
        await renew();
        const found = controlsOf(reference.scene).find(({ name }) => name === control);
        if (!found) return false;
        const text = found.on === null ? found.label : `${found.label}: ${found.on ? "off" : "on"}`;
        await both({ act: { type: "press", control }, text });
        return true;
      }),
    beginAgain: () =>
      inTurn(async () => {
        concerts = openConcerts();
        script = [];
        position = 0;
        await close();
        played = fingerprint(exercise);
        reference = part(start(exercise.reference));
        mine = part(start(exercise.mine));
        await Promise.all([reference.play(), mine.play()]);
      }),
    [Symbol.asyncDispose]: () => inTurn(close),
  };

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = turn.then(act);
    turn = done.catch(() => {});
    return done;
  }

  async function both(entry: (typeof script)[number]): Promise<void> {
    script.push(entry);
    await Promise.all([reference.play(entry.act), mine.play(entry.act)]);
  }

  async function renew(): Promise<void> {
    const now = fingerprint(exercise);
    if (now === played) return;
    played = now;
    await mine.player[Symbol.asyncDispose]();
    mine = part(start(exercise.mine));
    await mine.play();
    for (const { act } of script) await mine.play(act);
  }

  async function programme(): Promise<Programme> {
    const { slug, step, title, work, tries } = exercise;
    const rows = await Promise.all(
      CONCERTS.map(async (concert) => rowOf(concert, await concerts.free(concert))),
    );
    return {
      exercise: { slug, step, title, work, tries },
      concerts: rows,
      commands: "stopped" in reference.scene ? [] : reference.scene.commands,
      controls: controlsOf(reference.scene),
      reference: sideOf(reference.scene),
      mine: sideOf(mine.scene),
      differs: rows.some(({ differs }) => differs) || "stopped" in mine.scene,
      script: script.map(({ text }) => text).toReversed(),
      output: mine.player.output,
    };
  }

  function rowOf(concert: Concert, free: number): ConcertRow {
    const [theirs, own] = [freeIn(reference.scene, concert), freeIn(mine.scene, concert)];
    return { concert, free, reference: theirs, mine: own, differs: theirs !== own };
  }

  async function close(): Promise<void> {
    await Promise.all([
      reference.player[Symbol.asyncDispose](),
      mine.player[Symbol.asyncDispose](),
    ]);
  }
}

/** A player, and the scene that it has come to. */
function part(player: Player) {
  return {
    player,
    scene: { stopped: "It has not begun." } as Scene,
    async play(act?: Act): Promise<void> {
      this.scene = await player.perform(act);
    },
  };
}

function controlsOf(scene: Scene): readonly Control[] {
  return "stopped" in scene ? [] : scene.controls;
}

function sideOf(scene: Scene): Side {
  return "stopped" in scene
    ? { state: "stopped", error: scene.stopped }
    : { state: "running", error: null };
}

function freeIn(scene: Scene, concert: Concert): number | string | null {
  return "stopped" in scene ? null : (scene.shown[concert] ?? null);
}

/** Tells one state of the learner's files from another; a file that is gone for a moment is a state too. */
function fingerprint({ mine, files }: Exercise): string {
  const hash = createHash("sha256");
  for (const file of files) {
    try {
      hash.update(readFileSync(join(mine, file)));
    } catch {
      hash.update("gone");
    }
    hash.update("\0");
  }
  return hash.digest("hex");
}
