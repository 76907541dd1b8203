import { api } from "./client.ts";
import type { Problem } from "./problem.ts";
import { NO_ANSWER, readProblem } from "./problem.ts";

/** What the page can ask the write side to do. */
export type UserCommand =
  | { readonly type: "CreateUser"; readonly name: string; readonly email: string }
  | { readonly type: "RenameUser"; readonly userId: string; readonly name: string }
  /** The name is for the list of commands alone. */
  | { readonly type: "RemoveUser"; readonly userId: string; readonly name: string };

/** What a reader should find after a command; no name means: nobody. */
export interface ExpectedUser {
  readonly userId: string;
  readonly name?: string;
}

/** What became of a command. */
export type Sent = { readonly ms: number; readonly correlationId: string } & (
  | {
      readonly ok: true;
      readonly status: number;
      readonly token: string;
      readonly expected: ExpectedUser;
    }
  | { readonly ok: false; readonly status: number; readonly problem: Problem }
);

/** Sends one command and times it, from sending to the whole answer. Never rejects. */
export async function sendCommand(command: UserCommand, signal?: AbortSignal): Promise<Sent> {
  const correlationId = crypto.randomUUID();
  const begin = performance.now();
  try {
    const response = await request(command, {
      headers: { "X-Correlation-Id": correlationId },
      ...(signal && { init: { signal } }),
    });
    if (!response.ok) {
      const problem = await readProblem(response);
      return { ok: false, status: response.status, problem, ...timed() };
    }
    const expected = await expectedOf(command, response);
    const token = response.headers.get("Consistency-Token") ?? "";
    return { ok: true, status: response.status, token, expected, ...timed() };
  } catch {
    return { ok: false, status: 0, problem: NO_ANSWER, ...timed() };
  }

  function timed() {
    return { ms: performance.now() - begin, correlationId };
  }
}

function request(
  command: UserCommand,
  options: { headers: Record<string, string>; init?: RequestInit },
): Promise<Response> {
  switch (command.type) {
    case "CreateUser": {
      const { name, email } = command;
      return api.users.$post({ json: { name, email } }, options);
    }
    case "RenameUser": {
      const { userId, name } = command;
      return api.users[":id"].$patch({ param: { id: userId }, json: { name } }, options);
    }
    case "RemoveUser":
      return api.users[":id"].$delete({ param: { id: command.userId } }, options);
  }
}

/** What the server decided, not what was typed: it trims, and it gives the id. */
async function expectedOf(command: UserCommand, response: Response): Promise<ExpectedUser> {
  if (command.type === "RemoveUser") return { userId: command.userId };
  const { id, name } = (await response.json()) as { id: string; name: string }; // both routes answer a user
  return { userId: id, name };
}
