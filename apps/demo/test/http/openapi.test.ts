import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformance } from "./conformance.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

/** What is there for browsers, and no part of the API. */
const PAGES = ["GET /", "GET /assets/*", "GET /docs", "GET /docs.css", "GET /exercise"];

interface Described {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

let demo: TestDemo;
let document: Record<string, unknown> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};
beforeAll(async () => {
  demo = await openDemo();
  document = (await (await demo.request("/openapi.json")).json()) as typeof document;
});
afterAll(() => demo.stop());

describe("/openapi.json", () => {
  it.each([{}, { authSecret: "a secret of thirty-two bytes or more" }])(
    "is a valid document of OpenAPI 3.1 with %j",
    async (options) => {
      await using asked = await openDemo({}, 0, options);
      const found = (await (await asked.request("/openapi.json")).json()) as Record<
        string,
        unknown
      >;
      expect(await new Validator().validate(found)).toEqual({ valid: true });
      expect(found).toMatchObject({ openapi: "3.1.0" });
    },
  );

  it("describes every route of the API, and nothing else", () => {
    const routes = demo.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !PAGES.includes(route));
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...new Set(routes)].sort());
  });

  it("gives each operation a name of its own and says in words what it does", () => {
    const operations = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string; summary?: string }>),
    );
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { summary } of operations) expect(summary).toMatch(/^[A-Z][^.]{5,}$/);
  });

  it("says of every answer and of every body what it is, and never that it is anything", () => {
    const contents = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Described>).flatMap(([method, operation]) => {
        const { requestBody, responses } = operation;
        return [requestBody, ...Object.values(responses)].flatMap((each) =>
          Object.values(each?.content ?? {}).map(({ schema }) => ({ path, method, schema })),
        );
      }),
    );
    expect(contents.length).toBeGreaterThan(20);
    expect(contents.filter(({ schema }) => Object.keys(schema).length === 0)).toEqual([]);
    const status = document.paths["/lab/status"]?.["get"];
    expect(status).toMatchObject({
      responses: {
        200: {
          content: {
            "application/json": {
              schema: {
                required: expect.arrayContaining(["head", "models", "burst"]),
                properties: { models: { items: { properties: { lag: { type: "object" } } } } },
              },
            },
          },
        },
      },
    });
  });

  it("says what a body may be by the contract itself", () => {
    expect(document.paths["/users"]?.["post"]).toMatchObject({
      operationId: "CreateUser",
      requestBody: {
        content: {
          "application/json": {
            schema: {
              properties: { name: { maxLength: 200 }, email: { maxLength: 254 } },
              required: ["name", "email"],
              additionalProperties: false,
            },
          },
        },
      },
    });
    expect(document.paths["/users/{id}"]?.["patch"]).toMatchObject({
      parameters: expect.arrayContaining([
        { in: "path", name: "id", required: true, schema: { type: "string" } },
        { $ref: "#/components/parameters/Idempotency-Key" },
      ]),
      requestBody: { content: { "application/json": { schema: { required: ["name"] } } } },
    });
  });
});

describe("the conformance that all tests of this folder are held to", () => {
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", ...headers },
    });
  const user = { id: "1", name: "Ada", email: "ada@example.org" };
  const made = { "Consistency-Token": "x", Location: "/users/1" };

  it("takes what the document says", async () => {
    const conforms = conformance(document);
    const asked = { method: "POST", path: "/users" };
    await expect(conforms(asked, answer(201, user, made))).resolves.toBeUndefined();
  });

  it.each<[name: string, method: string, path: string, response: () => Response]>([
    ["another status", "POST", "/users", () => answer(200, user, made)],
    ["a member too few", "POST", "/users", () => answer(201, { ...user, name: undefined }, made)],
    ["a member too many", "POST", "/users", () => answer(201, { ...user, secret: 1 }, made)],
    ["a header too few", "POST", "/users", () => answer(201, user)],
    ["a refusal that is no problem", "GET", "/nowhere", () => answer(404, { error: "gone" })],
    ["another type", "GET", "/users/1", () => answer(200, {}, { "content-type": "text/html" })],
    [
      "a problem without a code",
      "GET",
      "/users/1",
      () => answer(404, { status: 404 }, { "content-type": "application/problem+json" }),
    ],
  ])("refuses %s", async (_name, method, path, response) => {
    await expect(conformance(document)({ method, path }, response())).rejects.toThrow();
  });
});

describe("/docs", () => {
  it("shows every operation to people, under a policy that allows nothing inline", async () => {
    const response = await demo.request("/docs");
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|data:|\*/);
    const page = await response.text();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        expect(page).toContain(`${method.toUpperCase()} ${path}`);
      }
    }
    expect(page).not.toMatch(/<script|style=|undefined|\[object|\$ref/);
    expect((await demo.request("/docs.css")).headers.get("content-type")).toContain("text/css");
  });
});
