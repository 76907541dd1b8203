import type { RunningDemo } from "../../server/serve.ts";
import { startDemo } from "../../server/serve.ts";
import type { CliOptions } from "../../server/cli.ts";
import type { DeadLetterList, LabStatus, ModelStatus } from "../../server/lab/status.ts";
import type { UserView } from "../../server/users/messages.ts";

/** A demo of its own, and short ways to work its lab over HTTP. */
export interface LabClient extends AsyncDisposable {
  readonly demo: RunningDemo;
  send(method: string, path: string, body?: unknown): Promise<Response>;
  status(): Promise<LabStatus>;
  eventual(): Promise<ModelStatus>;
  letters(): Promise<DeadLetterList>;
  create(name: string): Promise<UserView>;
  /** The names that a read model shows, in order. */
  names(consistency: "sync" | "eventual"): Promise<readonly string[]>;
  /** Resolves with the status as soon as something holds of it. */
  until(holds: (status: LabStatus) => boolean): Promise<LabStatus>;
}

const PATIENCE_MS = 30_000;
const LOOK_MS = 20;

/** Starts a demo without a page. */
export async function openLab(store: CliOptions["store"] = "memory"): Promise<LabClient> {
  const demo = await startDemo(
    { port: 0, store, delayMs: 0, dataDir: undefined, databaseUrl: undefined },
    { createPage: async () => new Map() },
  );
  return labClient(demo);
}

function labClient(demo: RunningDemo): LabClient {
  const base = demo.url.replace("localhost", "127.0.0.1");
  const send: LabClient["send"] = (method, path, body) =>
    fetch(`${base}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  const read = async <T>(path: string): Promise<T> => (await send("GET", path)).json() as T; // what the route answers
  const status = () => read<LabStatus>("/lab/status");
  return {
    demo,
    send,
    status,
    async eventual() {
      return (await status()).models.find(({ consistency }) => consistency === "eventual")!;
    },
    letters: () => read("/lab/dead-letters"),
    async create(name) {
      const response = await send("POST", "/users", { name, email: "ada@example.org" });
      if (response.status !== 201) throw new Error(`No user, but ${await response.text()}`);
      return (await response.json()) as UserView;
    },
    async names(consistency) {
      const path = `/users?page_size=100&consistency=${consistency}`;
      const { users } = await read<{ users: UserView[] }>(path);
      return users.map(({ name }) => name);
    },
    async until(holds) {
      const endsAt = performance.now() + PATIENCE_MS;
      for (;;) {
        const now = await status();
        if (holds(now)) return now;
        if (performance.now() > endsAt) throw new Error(`Never came: ${JSON.stringify(now)}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    [Symbol.asyncDispose]: () => demo.stop(),
  };
}

/** Tells whether the eventual model has caught up with the log. */
export function isCaughtUp({ head, models }: LabStatus): boolean {
  return models.every(({ position }) => position === head);
}
