import type { User } from "../http/demo.ts";
import { SseConnection } from "../http/sse-connection.ts";

/** An event as `/events` shows it. */
export interface LoggedEvent {
  readonly type: string;
  readonly position: number;
  readonly payload: { readonly userId: string; readonly name?: string; readonly email?: string };
}

/** Short ways to talk to a demo, wherever it runs. */
export interface Client {
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  create(name: string): Promise<{ readonly user: User; readonly token: string }>;
  /** All users of one read model, page by page; waits for a token. */
  list(consistency: "sync" | "eventual", token?: string): Promise<readonly User[]>;
  /** The log up to now, as its readers see it. */
  log(): Promise<readonly LoggedEvent[]>;
}

export function clientOf(url: string): Client {
  const base = url.replace("localhost", "127.0.0.1");
  const request: Client["request"] = (method, path, body, headers = {}) =>
    fetch(`${base}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const create: Client["create"] = async (name) => {
    const response = await request("POST", "/users", { name, email: "ada@example.org" });
    if (response.status !== 201) throw new Error(`No user, but ${await response.text()}`);
    return { user: (await response.json()) as User, token: tokenOf(response) };
  };
  return {
    request,
    create,
    async list(consistency, token) {
      const users: User[] = [];
      const headers = token === undefined ? {} : { "Consistency-Token": token, Prefer: "wait=10" };
      for (let page = 1; ; page++) {
        const path = `/users?consistency=${consistency}&page_size=100&page=${page}`;
        const response = await request("GET", path, undefined, headers);
        if (response.status !== 200) throw new Error(`No list, but ${await response.text()}`);
        const body = (await response.json()) as { users: User[]; total: number };
        users.push(...body.users);
        if (body.users.length === 0 || users.length >= body.total) return users;
      }
    },
    async log() {
      const { user } = await create("The last so far");
      const removal = await request("DELETE", `/users/${user.id}`);
      if (removal.status !== 204) throw new Error(`Not removed: ${await removal.text()}`);
      const stream = await SseConnection.open(`${base}/events`);
      const events = () => stream.events.map(({ data }) => data as LoggedEvent);
      while (!isRemovalOf(events().at(-1), user.id)) await stream.until(stream.events.length + 1);
      await stream.leave();
      return events();
    },
  };
}

export function tokenOf(response: Response): string {
  return response.headers.get("consistency-token") ?? "";
}

function isRemovalOf(event: LoggedEvent | undefined, userId: string): boolean {
  return event?.type === "UserRemoved" && event.payload.userId === userId;
}

/** What the log says the users are, by a fold of the test's own. */
export function fold(events: readonly LoggedEvent[]): ReadonlyMap<string, Partial<User>> {
  const users = new Map<string, Partial<User>>();
  for (const { type, payload } of events) {
    const { userId: id, ...rest } = payload;
    if (type === "UserRemoved") users.delete(id);
    else users.set(id, { ...users.get(id), ...rest, id });
  }
  return users;
}
