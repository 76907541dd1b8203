import type { StandardSchema } from "@counterpoint/bus";
import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { openApi } from "./openapi.ts";
import { documented } from "./route-docs.ts";
import { commandRoute, integer, queryRoute } from "./route.ts";

/** A schema that describes itself by Standard JSON Schema, as zod's and arktype's do. */
function described<T>(input: object, output = input): StandardSchema<T> {
  const $schema = "https://json-schema.org/draft/2020-12/schema";
  const jsonSchema = {
    input: () => ({ $schema, ...input }),
    output: () => ({ $schema, ...output }),
  };
  return { "~standard": { ...type<T>()["~standard"], ...{ jsonSchema } } };
}

const text = { type: "string" };
const note = { type: "object", properties: { id: text, text } };
const AddNote = command("AddNote", {
  payload: described<{ listId: string; text: string; done?: boolean }>({
    type: "object",
    properties: { listId: text, text, done: { type: "boolean" } },
    required: ["listId", "text"],
    additionalProperties: false,
  }),
  result: described<{ id: string }>({ type: "null" }, note),
});
const ClearList = command("ClearList", { payload: type<{ listId: string }>() });
const FindNotes = query("FindNotes", {
  payload: described<{ page: number; after?: number }>({
    type: "object",
    properties: { page: { type: "integer" }, after: { type: "integer", default: 0 } },
    required: ["page"],
  }),
  result: type<string[]>(),
});

const commands = new CommandBus()
  .register(AddNote, () => ({ id: "1" }))
  .register(ClearList, () => {});
const queries = new QueryBus().register(FindNotes, () => []);
const params = { listId: "list" } as const;
const app = new Hono()
  .use(async (_c, next) => next())
  .post(
    "/lists/:list/notes",
    commandRoute(commands, AddNote, {
      params,
      reply: (body) => ({ status: 201, body }),
      docs: {
        summary: "Adds a note",
        status: 201,
        takes: ["Key"],
        gives: ["Etag"],
        problems: [409],
      },
    }),
  )
  .delete(
    "/lists/:list",
    commandRoute(commands, ClearList, {
      params,
      body: false,
      reply: () => ({ status: 204, body: null }),
      docs: { status: 204, body: null },
    }),
  )
  .get(
    "/notes",
    queryRoute(queries, FindNotes, {
      query: { page: integer, after: integer },
      reply: (body) => ({ status: 200, body }),
    }),
  )
  .route(
    "/health",
    new Hono().get(
      "/",
      documented(
        {
          summary: "Is well",
          security: [],
          responses: { 200: { description: "ok" } },
          problems: [503],
        },
        (c: { text(text: string): Response }) => c.text("ok"),
      ),
    ),
  )
  .get("/undescribed", (c) => c.text("nobody described me"));

const document = openApi(app, {
  info: { title: "Notes", version: "1" },
  problems: [401],
  components: { parameters: { Key: { in: "header", name: "Key" } } },
}) as {
  readonly paths: Record<string, Record<string, unknown>>;
  readonly components: Record<string, Record<string, unknown>>;
};
const refusal = (status: number) => ({ $ref: `#/components/responses/Problem${status}` });

describe("openApi", () => {
  it("describes a command by its contract: what the path holds is no part of the body", () => {
    expect(document.paths["/lists/{list}/notes"]?.["post"]).toEqual({
      operationId: "AddNote",
      summary: "Adds a note",
      parameters: [
        { in: "path", name: "list", required: true, schema: text },
        { $ref: "#/components/parameters/Key" },
      ],
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { text, done: { type: "boolean" } },
              required: ["text"],
              additionalProperties: false,
            },
          },
        },
      },
      responses: {
        201: {
          description: "Adds a note",
          headers: { Etag: { $ref: "#/components/headers/Etag" } },
          content: { "application/json": { schema: note } },
        },
        400: refusal(400),
        401: refusal(401),
        409: refusal(409),
        413: refusal(413),
        415: refusal(415),
        500: refusal(500),
      },
    });
  });

  it("describes what has no body and no answer, under the words of its name", () => {
    expect(document.paths["/lists/{list}"]?.["delete"]).toEqual({
      operationId: "ClearList",
      summary: "Clear list",
      parameters: [{ in: "path", name: "list", required: true, schema: {} }],
      responses: {
        204: { description: "Clear list" },
        400: refusal(400),
        401: refusal(401),
        500: refusal(500),
      },
    });
  });

  it("describes a query by its parameters, and what has no schema as anything", () => {
    expect(document.paths["/notes"]?.["get"]).toMatchObject({
      parameters: [
        { in: "query", name: "page", required: true, schema: { type: "integer" } },
        { in: "query", name: "after", required: false, schema: { type: "integer", default: 0 } },
      ],
      responses: { 200: { content: { "application/json": { schema: {} } } } },
    });
  });

  it("takes what was written by hand as it is, and adds the problems that it names", () => {
    expect(document.paths["/health"]?.["get"]).toEqual({
      operationId: "get_health",
      summary: "Is well",
      security: [],
      responses: { 200: { description: "ok" }, 503: refusal(503) },
    });
  });

  it("leaves out middleware and what nobody described", () => {
    expect(Object.keys(document.paths)).toEqual([
      "/lists/{list}/notes",
      "/lists/{list}",
      "/notes",
      "/health",
    ]);
  });

  it("describes every problem that it refers to, once", () => {
    const { responses = {}, schemas = {}, parameters } = document.components;
    expect(Object.keys(responses)).toEqual(
      [400, 401, 409, 413, 415, 500, 503].map((status) => `Problem${status}`),
    );
    expect(responses["Problem503"]).toMatchObject({
      description: "Not available right now",
      headers: { "Retry-After": {} },
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    });
    expect(schemas["Problem"]).toMatchObject({ required: expect.arrayContaining(["code"]) });
    expect(parameters).toEqual({ Key: { in: "header", name: "Key" } });
  });
});
