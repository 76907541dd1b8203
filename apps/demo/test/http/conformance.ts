import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";

interface Asked {
  readonly method: string;
  /** With the query string or without. */
  readonly path: string;
}

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly $ref?: string;
}

interface OpenApiDocument {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>
    >
  >;
  readonly components: { readonly responses: Readonly<Record<string, Described>> };
}

/** What is refused before any route is asked, on every path alike; no document lists it with each operation. */
const BEFORE_ROUTES = new Set([
  ...["INVALID_REQUEST", "FOREIGN_HOST", "FOREIGN_ORIGIN", "TOO_SLOW", "HEADERS_TOO_LARGE"],
  ...["METHOD_NOT_ALLOWED", "NOT_FOUND", "TOKEN_REQUIRED", "INVALID_TOKEN", "INVALID_ROLE"],
  ...["TOO_LARGE", "TOO_MANY_REQUESTS"],
]);

/**
 * Holds answers to an OpenAPI document: the status is one that the operation lists, the body is what its schema says, the
 * headers are there; every refusal, whatever it is of, is a problem.
 */
export function conformance(document: object) {
  const { paths, components } = document as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, "api");
  const templates = Object.keys(paths).map((template) => ({
    template,
    matches: new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));

  return async function expectConform({ method, path }: Asked, response: Response): Promise<void> {
    const { status, headers } = response;
    const type = headers.get("content-type")?.split(";")[0];
    const isStream = type === "text/event-stream";
    const hasBody = method !== "HEAD" && !isStream && type !== undefined;
    const text = hasBody ? await response.clone().text() : "";
    const seen = `${method} ${path}: ${status} ${text.slice(0, 500)}`;
    if (status >= 400 && hasBody) expectProblem(type, text, seen);
    const code = status >= 400 && hasBody ? (JSON.parse(text) as { code: string }).code : "";
    if (BEFORE_ROUTES.has(code) || method === "OPTIONS") return;

    const pathname = path.split(/[?#]/)[0] ?? "";
    const found =
      templates.find(({ template }) => template === pathname) ??
      templates.find(({ matches }) => matches.test(pathname));
    const operation =
      found && paths[found.template]?.[method === "HEAD" ? "get" : method.toLowerCase()];
    if (!operation) return;
    const given = operation.responses[status];
    if (!given)
      throw new Error(`${seen}\nThe document has ${Object.keys(operation.responses).join()}.`);
    const described = given.$ref ? components.responses[given.$ref.split("/").at(-1) ?? ""] : given;
    const lacking = Object.keys(described?.headers ?? {}).filter((name) => !headers.has(name));
    const { content = {} } = described ?? {};
    const types = Object.keys(content);
    expect({ seen, lacking, type }).toEqual({
      seen,
      lacking: [],
      type: types.length === 0 ? undefined : expect.toBeOneOf(types),
    });
    const schema = content[type ?? ""]?.schema;
    const value: unknown = type?.endsWith("json") === true && hasBody ? JSON.parse(text) : text;
    if (schema && hasBody) expectValid(pointed(schema), value, seen);
  };

  function expectProblem(type: string | undefined, text: string, seen: string): void {
    expect({ seen, type }).toEqual({ seen, type: "application/problem+json" });
    expectValid(PROBLEM, JSON.parse(text), seen);
  }

  function expectValid(schema: object, value: unknown, seen: string): void {
    if (!ajv.validate(schema, value)) throw new Error(`${seen}\n${ajv.errorsText()}`);
  }
}

/** One object for all, as each other one would be compiled again. */
const PROBLEM = { $ref: "api#/components/schemas/Problem" };

/** References within the document are references into `api` from outside. */
function pointed(schema: object): object {
  const { $ref } = schema as { readonly $ref?: string };
  return $ref === undefined ? schema : { $ref: `api${$ref}` };
}
