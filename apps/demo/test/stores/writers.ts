import { expect } from "vitest";
import type { Client, LoggedEvent } from "./client.ts";
import { fold, tokenOf } from "./client.ts";

/** Several clients that write until they are told to stop, whatever happens to the server. */
export interface Writers {
  /** What the server has acknowledged, as the log must hold it. */
  readonly acknowledged: readonly string[];
  /** Every other answer. */
  readonly refusals: readonly Response[];
  /** Requests that got no answer at all. */
  readonly unanswered: number;
  /** Resolves when so many more writes than now are acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts clients that each create a user, rename it and remove every third, over and over. */
export function startWriters(client: Client, count = 6): Writers {
  const acknowledged: string[] = [];
  const refusals: Response[] = [];
  let unanswered = 0;
  let writing = true;
  const done = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  return {
    acknowledged,
    refusals,
    get unanswered() {
      return unanswered;
    },
    async more(count) {
      const enough = acknowledged.length + count;
      while (acknowledged.length < enough) await turn();
    },
    async stop() {
      writing = false;
      await done;
    },
  };

  async function write(writer: number): Promise<void> {
    for (let n = 0; writing; n++) {
      const name = `${writer}-${n}`;
      const created = await send("POST", "/users", { name, email: "ada@example.org" });
      if (!created) continue;
      const { id } = (await created.json()) as { id: string };
      acknowledged.push(`UserRegistered ${id} ${name}`);
      const renamed = await send("PATCH", `/users/${id}`, { name: `${name}!` });
      if (renamed) acknowledged.push(`UserRenamed ${id} ${name}!`);
      const removed = n % 3 === 2 && (await send("DELETE", `/users/${id}`));
      if (removed) acknowledged.push(`UserRemoved ${id} `);
    }
  }

  async function send(method: string, path: string, body?: unknown): Promise<Response | undefined> {
    try {
      const response = await client.request(method, path, body);
      if (response.ok) return response;
      refusals.push(response);
    } catch {
      unanswered++;
      await turn();
    }
    return undefined;
  }
}

/** The log holds every acknowledged write, once, and both read models say what a fold of the log says. */
export async function expectNothingLost(client: Client, writers: Writers): Promise<void> {
  const events = await client.log();
  const logged = events.map(lineOf);
  expect(new Set(logged).size).toBe(logged.length);
  expect(writers.acknowledged.length).toBeGreaterThan(0);
  const there = new Set(logged);
  expect(writers.acknowledged.filter((line) => !there.has(line))).toEqual([]);
  await expectAgreement(client, events);
}

/** Both read models say what a fold of the log says. */
async function expectAgreement(client: Client, events: readonly LoggedEvent[]): Promise<void> {
  const folded = [...fold(events).values()];
  const { user } = await client.create("Gone again");
  const removal = await client.request("DELETE", `/users/${user.id}`);
  const sync = await client.list("sync");
  const eventual = await client.list("eventual", tokenOf(removal));
  expect(eventual).toEqual(sync);
  const withoutTime = sync.map(({ id, name, email }) => ({ id, name, email }));
  expect(withoutTime.toSorted(byId)).toEqual(folded.toSorted(byId));
}

function lineOf({ type, payload }: LoggedEvent): string {
  return `${type} ${payload.userId} ${payload.name ?? ""}`;
}

function byId(a: { readonly id?: string }, b: { readonly id?: string }): number {
  return (a.id ?? "") < (b.id ?? "") ? -1 : 1;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
