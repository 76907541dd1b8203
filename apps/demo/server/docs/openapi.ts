import type { JsonObject } from "@counterpoint/hono/openapi";
import { openApi } from "@counterpoint/hono/openapi";
import type { Hono } from "hono";
import type { Access } from "../access/authenticate.ts";
import { ROLES } from "../access/role.ts";

const INFO = {
  title: "Counterpoint demo",
  version: "1.0.0",
  description:
    "One command, two read models: users, their audit trail, the log, and a lab to play with the projector.",
};

const text = { type: "string" } as const;

const PARAMETERS = {
  "Consistency-Token": {
    in: "header",
    name: "Consistency-Token",
    description:
      "Waits until the read model is at least as fresh as the write that gave this token.",
    schema: text,
  },
  Prefer: {
    in: "header",
    name: "Prefer",
    description: "wait=N: how many seconds to wait at the most; default 2, at most 30.",
    schema: text,
    example: "wait=5",
  },
  "Idempotency-Key": {
    in: "header",
    name: "Idempotency-Key",
    description:
      "Names this attempt. Sent again with the same body, it gets the stored answer; with another one, 422.",
    schema: { ...text, pattern: "^[!-~]{1,255}$" },
  },
  "X-Correlation-Id": {
    in: "header",
    name: "X-Correlation-Id",
    description: "Ties together what belongs to one request; recorded with every event.",
    schema: text,
  },
};

const HEADERS = {
  "Consistency-Token": { description: "Stands for this write.", schema: text },
  Location: { description: "Where the new user is.", schema: { ...text, format: "uri-reference" } },
};

const SCHEMES = {
  open: {
    role: {
      type: "apiKey",
      in: "header",
      name: "X-Role",
      description: `The role to play: ${ROLES.join(", ")}. Without it, admin.`,
    },
  },
  token: {
    bearer: {
      type: "http",
      scheme: "bearer",
      bearerFormat: "JWT",
      description: "HS256, with the claims sub, role and exp.",
    },
  },
} as const;

/** Writes down what the demo answers to, from the routes themselves. */
export function describeApi(app: Pick<Hono, "routes">, mode: Access["mode"]): JsonObject {
  return openApi(app, {
    info: INFO,
    problems: mode === "open" ? [403, 503] : [401, 403, 429, 503],
    security: mode === "open" ? [{}, { role: [] }] : [{ bearer: [] }],
    components: { parameters: PARAMETERS, headers: HEADERS, securitySchemes: SCHEMES[mode] },
  });
}
