import type { Client } from "./client.ts";

/** One request of the journey, and what comes of it. `<user 1>` stands for the id of the first user that is created. */
export interface Step {
  readonly does: string;
  readonly request: string;
  readonly body?: unknown;
  /** Presents the newest token and says how long to wait. */
  readonly prefer?: string;
  /** Another request, sent while this one is under way. */
  readonly meanwhile?: Pick<Step, "request" | "body">;
  readonly status: number;
  readonly answer?: unknown;
}

/** An answer without what differs from one run to the next. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const ADA = { id: "<user 1>", name: "Ada", email: "ada@example.org" };
const GRACE = { id: "<user 2>", name: "Grace", email: "grace@example.org" };
const LINUS = { id: "<user 3>", name: "Linus", email: "linus@example.org" };
const LOVELACE = { ...ADA, name: "Ada Lovelace" };

const shown = (...users: (typeof ADA)[]) =>
  users.map((user) => ({ ...user, created_at: "<time>" }));
const one = { page_size: 1, total: 3 };

/** What people do with users, in order, and what they get, wherever the demo keeps its data. */
export const JOURNEY: readonly Step[] = [
  {
    does: "lists nobody",
    request: "GET /users?consistency=sync",
    status: 200,
    answer: { users: [], page: 1, page_size: 20, total: 0 },
  },
  ...[ADA, GRACE, LINUS].map(({ id, name, email }) => ({
    does: `creates ${name}`,
    request: "POST /users",
    body: { name, email },
    status: 201,
    answer: { id, name, email },
  })),
  {
    does: "does not create who has no address",
    request: "POST /users",
    body: { name: "Nobody", email: "nobody" },
    status: 400,
    answer: { code: "INVALID_PAYLOAD", error: "Email must be an email address" },
  },
  ...[ADA, GRACE, LINUS].map((user, index) => ({
    does: `finds ${user.name} on page ${index + 1}`,
    request: `GET /users?page_size=1&page=${index + 1}`,
    prefer: "wait=30",
    status: 200,
    answer: { users: shown(user), page: index + 1, ...one },
  })),
  {
    does: "finds nobody behind the last page",
    request: "GET /users?page_size=1&page=4&consistency=sync",
    status: 200,
    answer: { users: [], page: 4, ...one },
  },
  {
    does: "makes the projector wait",
    request: "PUT /lab/delay",
    body: { delay_ms: 60_000 },
    status: 204,
  },
  {
    does: "renames Ada",
    request: "PATCH /users/<user 1>",
    body: { name: LOVELACE.name },
    status: 200,
    answer: LOVELACE,
  },
  {
    does: "sees the new name at once in the synchronous model",
    request: "GET /users/<user 1>?consistency=sync",
    status: 200,
    answer: shown(LOVELACE)[0],
  },
  {
    does: "still sees the old name in the eventual model",
    request: "GET /users/<user 1>?consistency=eventual",
    status: 200,
    answer: shown(ADA)[0],
  },
  {
    does: "is told that the model is behind when it does not want to wait",
    request: "GET /users/<user 1>?consistency=eventual",
    prefer: "wait=0",
    status: 503,
    answer: { code: "STALE", lag: { events: 1 } },
  },
  {
    does: "sees the new name in the eventual model when it waits",
    request: "GET /users/<user 1>?consistency=eventual",
    prefer: "wait=30",
    meanwhile: { request: "PUT /lab/delay", body: { delay_ms: 0 } },
    status: 200,
    answer: shown(LOVELACE)[0],
  },
  { does: "removes Grace", request: "DELETE /users/<user 2>", status: 204 },
  {
    does: "cannot remove her twice",
    request: "DELETE /users/<user 2>",
    status: 404,
    answer: { code: "USER_NOT_FOUND" },
  },
  {
    does: "cannot rename her any more",
    request: "PATCH /users/<user 2>",
    body: { name: "Hopper" },
    status: 404,
    answer: { code: "USER_NOT_FOUND" },
  },
  ...["sync", "eventual"].map((consistency) => ({
    does: `lists who is left in the ${consistency} model`,
    request: `GET /users?consistency=${consistency}`,
    prefer: "wait=30",
    status: 200,
    answer: { users: shown(LOVELACE, LINUS), page: 1, page_size: 20, total: 2 },
  })),
  {
    does: "reads what became of Grace",
    request: "GET /users/<user 2>/history",
    status: 200,
    answer: {
      user_id: "<user 2>",
      events: [
        { type: "UserRegistered", version: 1, command: "CreateUser", changes: { name: "Grace" } },
        { type: "UserRemoved", version: 2, command: "RemoveUser", actor: "anonymous" },
      ],
    },
  },
  {
    does: "refuses a token that nobody gave out",
    request: "GET /users?consistency=eventual&page=2&page_size=2",
    prefer: "",
    status: 400,
    answer: { code: "INVALID_TOKEN" },
  },
];

/** Makes the journey. */
export async function travel({ request }: Client): Promise<readonly Answer[]> {
  const users: string[] = [];
  const answers: Answer[] = [];
  let token = "";
  for (const step of JOURNEY) {
    const { prefer, meanwhile } = step;
    const presented = prefer === "" ? "zzz" : token;
    const headers =
      prefer === undefined ? {} : { "Consistency-Token": presented, Prefer: prefer || "wait=0" };
    const answer = send(step, headers);
    if (meanwhile) await send(meanwhile);
    const response = await answer;
    const text = await response.text();
    token = response.headers.get("consistency-token") ?? token;
    if (response.status === 201) {
      users.push((JSON.parse(text) as { id: string }).id);
      await nextMillisecond(); // whoever comes next was created later
    }
    answers.push({
      status: response.status,
      headers: Object.fromEntries(
        [...response.headers].filter(([name]) => !VARYING.test(name)).map(namesOf),
      ),
      body: text === "" ? undefined : JSON.parse(plain(text)),
    });
  }
  return answers;

  function send({ request: line, body }: Pick<Step, "request" | "body">, headers = {}) {
    const [method = "", path = ""] = line
      .replace(/<user (\d)>/, (_, n) => users[Number(n) - 1] ?? "nobody")
      .split(" ");
    return request(method, path, body, headers);
  }

  function namesOf([name, value]: [string, string]): [string, string] {
    return [name, name === "consistency-token" ? "<token>" : plain(value)];
  }

  function plain(text: string): string {
    return text
      .replace(UUID, (id) => (users.includes(id) ? `<user ${users.indexOf(id) + 1}>` : "<uuid>"))
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replace(/"ms":\d+/, '"ms":0')
      .replace(/\d+ ms behind/g, "0 ms behind");
  }
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const VARYING = /^(date|content-length)$/;

async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
}
