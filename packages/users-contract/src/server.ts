/** Tells the time in epoch milliseconds. */
export interface UsersClock {
  now(): number;
}

/** A server to be tested, behind a real socket. */
export interface UsersServer {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Sent with every request: what lets this client do everything. */
  readonly headers?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @param clock - What the server reads creation times from. */
export type OpenUsersServer = (options: { readonly clock: UsersClock }) => Promise<UsersServer>;

/** A user as the API answers it. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at?: string;
}

/** Short ways to talk to a server. */
export interface Client {
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends JSON. */
  send(method: string, path: string, body: unknown): Promise<Response>;
  /** Creates a user that is expected to be fine. */
  create(name?: string): Promise<User>;
  /** Reads what is true now. */
  read(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  stop(): Promise<void>;
}

export const UUID: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The id of a user who has never been. */
export const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Opens a server and talks to it. Time stands still at `clock.nowMs`, until a test moves it. */
export async function connect(open: OpenUsersServer, clock = { nowMs: 1 }): Promise<Client> {
  const { url, headers, stop } = await open({ clock: { now: () => clock.nowMs } });
  const request: Client["request"] = (path, init = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) },
    });
  const send: Client["send"] = (method, path, body) =>
    request(path, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    request,
    send,
    stop,
    async create(name = "Ada") {
      const response = await send("POST", "/users", { name, email: "ada@example.org" });
      if (response.status !== 201) throw new Error(`No user, but ${await response.text()}`);
      return (await response.json()) as User;
    },
    async read(path) {
      const response = await request(`${path}?consistency=sync`);
      return { status: response.status, body: (await response.json()) as unknown };
    },
  };
}
