import type { ContentfulStatusCode } from "hono/utils/http-status";
import { problem } from "./problem.ts";

/** Describes what `problemBody` writes, for `openApi`. */
export const PROBLEM_SCHEMA: Readonly<Record<string, unknown>> = {
  description: "What went wrong, as RFC 9457 describes it.",
  type: "object",
  properties: {
    type: { type: "string", pattern: "^urn:counterpoint:problem:[a-z0-9-]+$" },
    title: { description: "The kind of problem; never varies.", type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { description: "What happened this time.", type: "string" },
    instance: { description: "The path of the request.", type: "string" },
    code: { description: "A name for programs.", type: "string", pattern: "^[A-Z][A-Z0-9_]*$" },
    error: { description: "The message for people.", type: "string" },
    issues: {
      description: "What is wrong with which member.",
      type: "array",
      items: {
        type: "object",
        properties: { message: { type: "string" }, path: { type: "array" } },
        required: ["message"],
      },
    },
    lag: {
      description: "How far the read model is behind.",
      type: "object",
      properties: { events: { type: "integer" }, ms: { type: "number" } },
      required: ["events", "ms"],
    },
  },
  required: ["type", "title", "status", "detail", "code", "error"],
};

/** Says what a status stands for. */
export function titleOf(status: number): string {
  return problem(status as ContentfulStatusCode, "", "").title;
}
