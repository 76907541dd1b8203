/** What the server said when it refused, in the words that the page shows. */
export interface Problem {
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly title: string;
  /** One sentence for people. */
  readonly message: string;
  /** What is wrong with which field of the request. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Stands for a request that got no answer. */
export const NO_ANSWER: Problem = {
  status: 0,
  title: "No answer",
  message: "The server did not answer.",
  fields: {},
};

/** Reads the `application/problem+json` of a refusal; anything else is described by its status alone. */
export async function readProblem(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined);
  return problemOf(response.status, body);
}

/** Makes a problem from a status and whatever came with it. */
export function problemOf(status: number, body: unknown): Problem {
  const title = textOf(body, "title") ?? `Status ${status}`;
  const fields: Record<string, string> = {};
  for (const issue of issuesOf(body)) {
    const [field] = issue.path;
    if (field !== undefined) fields[field] ??= issue.message;
  }
  return {
    status,
    title,
    message: textOf(body, "error") ?? textOf(body, "detail") ?? title,
    fields,
  };
}

function issuesOf(body: unknown): readonly { message: string; path: readonly string[] }[] {
  const issues = memberOf(body, "issues");
  if (!Array.isArray(issues)) return [];
  return issues.flatMap((issue) => {
    const message = textOf(issue, "message");
    const path = memberOf(issue, "path");
    return message !== undefined && Array.isArray(path)
      ? [{ message, path: path.map(String) }]
      : [];
  });
}

function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === "string" && member !== "" ? member : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name]; // the line above has seen that it is there
}
