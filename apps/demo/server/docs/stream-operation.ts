import type { Operation } from "@counterpoint/hono";

/** Describes a route that answers with server-sent events. */
export function streamOperation(
  summary: string,
  parameters: readonly Readonly<Record<string, unknown>>[] = [],
): Operation {
  const description = "Server-sent events; the data of each is JSON. The stream does not end.";
  const content = { "text/event-stream": { schema: { type: "string" } } };
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    responses: { 200: { description, content } },
    problems: [400, 500],
  };
}
