import type { StandardSchema } from "@counterpoint/bus";
import type { Hono } from "hono";
import { findTargetHandler } from "hono/utils/handler";
import { PROBLEM_SCHEMA, titleOf } from "./problem-schema.ts";
import type { DescribedRoute, Operation } from "./route-docs.ts";
import { descriptionOf, isDescribedRoute } from "./route-docs.ts";

/** JSON. */
export type JsonObject = { readonly [key: string]: unknown };

export interface OpenApiOptions {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
  };
  /** Members of `components`: `parameters` and `headers` that routes name, `securitySchemes`. */
  readonly components?: JsonObject;
  /** What every route asks for that has no `security` of its own. */
  readonly security?: readonly JsonObject[];
  /** Statuses of the problems that every route may answer with that has no `security` of its own: 401, 403, 429. */
  readonly problems?: readonly number[];
}

/**
 * Writes the OpenAPI document of an app from its own routes: what `commandRoute` and `queryRoute` dispatch is described by
 * the schemas of the contracts, so it cannot say anything else than what `validate()` holds requests to.
 *
 * Schemas become JSON by Standard JSON Schema, which zod (from 4.2 on), arktype and others bring along; one that has none,
 * like `type<T>()`, is described as anything. What is bigger than one schema can say (a text that is trimmed first) is the
 * matter of the contract.
 *
 * @returns A document of OpenAPI 3.1, as JSON. Routes without a description are left out.
 * @see https://standardschema.dev/json-schema
 * @example
 * ```ts
 * import { query, QueryBus } from "@counterpoint/bus";
 * import { queryRoute } from "@counterpoint/hono";
 * import { openApi } from "@counterpoint/hono/openapi";
 * import { Hono } from "hono";
 * import { z } from "zod";
 *
 * const CountUsers = query("CountUsers", { payload: z.object({}), result: z.number() });
 * const queries = new QueryBus().register(CountUsers, () => 7);
 * const count = queryRoute(queries, CountUsers, { reply: (body) => ({ status: 200, body }) });
 * const app = new Hono().get("/users/count", count);
 * app.get("/openapi.json", (c) => c.json(openApi(app, { info: { title: "Users", version: "1" } })));
 * ```
 */
export function openApi(app: Pick<Hono, "routes">, options: OpenApiOptions): JsonObject {
  const { info, components = {}, security, problems = [] } = options;
  const paths: Record<string, Record<string, Operation>> = {};
  const statuses = new Set<number>();
  for (const { method, path, handler } of app.routes) {
    const found = descriptionOf(findTargetHandler(handler));
    if (!found) continue;
    const template = path.replaceAll(/:([A-Za-z_]\w*)/g, "{$1}");
    const { problems: own = [], ...operation } = isDescribedRoute(found)
      ? operationOf(found)
      : { operationId: nameOf(method, path), ...found };
    const refusals = new Set([...(operation["security"] ? [] : problems), ...own]);
    for (const refusal of refusals) statuses.add(refusal);
    (paths[template] ??= {})[method.toLowerCase()] = {
      ...operation,
      responses: { ...operation["responses"], ...Object.fromEntries([...refusals].map(reference)) },
    };
  }
  const responses = Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [`Problem${status}`, problemResponseOf(status)]),
  );
  return {
    openapi: "3.1.0",
    info,
    ...(security && { security }),
    paths,
    components: {
      ...components,
      responses: { ...(components["responses"] as JsonObject | undefined), ...responses },
      schemas: { ...(components["schemas"] as JsonObject | undefined), Problem: PROBLEM_SCHEMA },
    },
  };
}

function operationOf({ contract, params, query, hasBody, docs }: DescribedRoute): Operation {
  const payload = jsonSchemaOf(contract.payload, "input");
  const members = (payload["properties"] ?? {}) as Readonly<Record<string, JsonObject>>;
  const required = (payload["required"] ?? []) as readonly string[];
  const inUrl = new Set([...Object.keys(params), ...query]);
  const parameters = [
    ...Object.entries(params).map(([member, name]) =>
      parameter("path", name, members[member], true),
    ),
    ...query.map((name) => parameter("query", name, members[name], required.includes(name))),
    ...(docs?.takes ?? []).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
  const { status = 200, body = contract.result, gives = [] } = docs ?? {};
  const { summary = wordsOf(contract.type) } = docs ?? {};
  return {
    operationId: contract.type,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: without(payload, inUrl) } },
      },
    }),
    responses: {
      [status]: {
        description: summary,
        ...(gives.length > 0 && {
          headers: Object.fromEntries(
            gives.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
          ),
        }),
        ...(body !== null && {
          content: { "application/json": { schema: jsonSchemaOf(body, "output") } },
        }),
      },
    },
    problems: [400, ...(hasBody ? [413, 415] : []), ...(docs?.problems ?? []), 500],
  };
}

function reference(status: number): [status: number, reference: JsonObject] {
  return [status, { $ref: `#/components/responses/Problem${status}` }];
}

function parameter(
  place: "path" | "query",
  name: string,
  schema: JsonObject = {},
  required: boolean,
): JsonObject {
  return { in: place, name, required, schema };
}

/** What is left for the body. */
function without(schema: JsonObject, taken: ReadonlySet<string>): JsonObject {
  const {
    properties = {},
    required = [],
    ...rest
  } = schema as {
    readonly properties?: JsonObject;
    readonly required?: readonly string[];
  };
  const left = required.filter((name) => !taken.has(name));
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !taken.has(name))),
    ...(left.length > 0 && { required: left }),
  };
}

function problemResponseOf(status: number): JsonObject {
  const retryAfter = { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } };
  return {
    description: titleOf(status),
    ...([429, 503].includes(status) && { headers: { "Retry-After": retryAfter } }),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

/** The part of Standard JSON Schema that is used here. */
interface Converter {
  readonly jsonSchema?: Readonly<
    Record<"input" | "output", (options: { readonly target: string }) => JsonObject>
  >;
}

function jsonSchemaOf(schema: StandardSchema, side: "input" | "output"): JsonObject {
  const { jsonSchema } = schema["~standard"] as Converter; // an extension that a schema may have
  if (!jsonSchema) return {};
  const { $schema: _, ...rest } = jsonSchema[side]({ target: "draft-2020-12" });
  return rest;
}

function wordsOf(type: string): string {
  const words = type.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function nameOf(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return [method.toLowerCase(), ...words].join("_");
}
