import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WorkerOrder } from "./worker.ts";

/** A worker process and what was done to it. */
export interface CrewMember {
  readonly owner: string;
  /** Whether it follows the log, as far as one can tell from here. */
  readonly isWorking: boolean;
  readonly isFrozen: boolean;
  /** Kills it at once: it gets to do nothing more. */
  kill(): void;
  freeze(): void;
  thaw(): void;
  /** Has it stop, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts worker processes and knows those that are alive. */
export class Crew {
  readonly #order: Omit<WorkerOrder, "owner">;
  readonly #members = new Set<CrewMember>();
  #started = 0;
  /** What a process has died of that nobody had killed. */
  readonly deaths: string[] = [];

  constructor(order: Omit<WorkerOrder, "owner">) {
    this.#order = order;
  }

  /** Those that were not killed, in the order in which they were started. */
  get members(): readonly CrewMember[] {
    return [...this.#members];
  }

  /** @returns At once; it works a moment later. */
  start(): CrewMember {
    const owner = `worker-${++this.#started}`;
    const script = fileURLToPath(new URL("./worker.ts", import.meta.url));
    const execArgv = ["--import", "tsx", "--conditions", "@counterpoint/source"];
    const child: ChildProcess = fork(script, { execArgv });
    let isStarted = false;
    let isFrozen = false;
    let isEnding = false;
    const ended = new Promise<void>((resolve) => {
      child.once("exit", (code, signal) => {
        this.#members.delete(member);
        if (!isEnding) this.deaths.push(`${owner} has ended: ${code ?? signal}`);
        resolve();
      });
    });
    child.once("message", () => (isStarted = true));
    child.send({ ...this.#order, owner } satisfies WorkerOrder);
    const member: CrewMember = {
      owner,
      get isWorking() {
        return isStarted && !isFrozen && !isEnding;
      },
      get isFrozen() {
        return isFrozen;
      },
      kill: () => {
        isEnding = true;
        this.#members.delete(member);
        child.kill("SIGKILL");
      },
      freeze() {
        isFrozen = child.kill("SIGSTOP");
      },
      thaw() {
        isFrozen = false;
        child.kill("SIGCONT");
      },
      async stop() {
        isEnding = true;
        child.send("stop");
        await ended;
      },
    };
    this.#members.add(member);
    return member;
  }
}
