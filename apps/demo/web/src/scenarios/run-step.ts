import type { LabStatus } from "../../../server/lab/status.ts";
import type { Act, Answer, Answers, Facts, ScenarioStep } from "./scenario.ts";
import { nameIn } from "./scenario.ts";

/** Sends a request to the demo, wherever that is. */
export type Ask = (
  method: string,
  path: string,
  init: { readonly body?: string; readonly headers: Readonly<Record<string, string>> },
) => Promise<Response>;

const WAIT_S = 20;

/**
 * Does what a step says, one request after another.
 *
 * @returns All answers so far, those of earlier steps included.
 * @throws {Error} When the server refuses a request, with what it said.
 */
export async function runStep(
  ask: Ask,
  step: ScenarioStep,
  before: Answers,
  nowMs: () => number,
): Promise<Answers> {
  let answers = before;
  for (const act of step.acts) {
    const answer = await perform(ask, act, answers, nowMs);
    if (act.as !== undefined) answers = { ...answers, [act.as]: answer };
  }
  return answers;
}

/** Reads how things stand, for the story of these answers. */
export async function observe(ask: Ask, answers: Answers): Promise<Facts> {
  const status = (await (await ask("GET", "/lab/status", { headers: {} })).json()) as LabStatus; // what the route answers
  const [sync, eventual] = await Promise.all([shown("sync"), shown("eventual")]);
  return { answers, status, sync, eventual };

  async function shown(consistency: "sync" | "eventual"): Promise<string | undefined> {
    const id = idIn(answers["user"]);
    if (id === undefined) return undefined;
    const response = await ask("GET", `/users/${id}?consistency=${consistency}`, { headers: {} });
    return nameIn({ status: response.status, body: await response.json(), ms: 0, token: "" });
  }
}

async function perform(
  ask: Ask,
  { request, body, tokenOf }: Act,
  answers: Answers,
  nowMs: () => number,
): Promise<Answer> {
  const [method = "", path = ""] = request.split(" ");
  const token = tokenOf === undefined ? undefined : answers[tokenOf]?.token;
  const beganAtMs = nowMs();
  const response = await ask(method, path.replace("<user>", idIn(answers["user"]) ?? "nobody"), {
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { "Consistency-Token": token, Prefer: `wait=${WAIT_S}` }),
    },
  });
  const text = await response.text();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(`${request} was refused: ${detailOf(answer)}`);
  return {
    ...{ status: response.status, body: answer, ms: nowMs() - beganAtMs },
    token: response.headers.get("Consistency-Token") ?? "",
  };
}

function idIn(answer: Answer | undefined): string | undefined {
  const body = answer?.body;
  if (typeof body !== "object" || body === null || !("id" in body)) return undefined;
  return typeof body.id === "string" ? body.id : undefined;
}

function detailOf(problem: unknown): string {
  const isProblem = typeof problem === "object" && problem !== null && "detail" in problem;
  return isProblem && typeof problem.detail === "string" ? problem.detail : "nobody knows why";
}
