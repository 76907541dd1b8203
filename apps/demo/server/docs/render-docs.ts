import type { JsonObject } from "@counterpoint/hono/openapi";
import { html } from "hono/html";

type Html = ReturnType<typeof html>;

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonObject;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Answer["content"] };
  readonly responses: Readonly<Record<string, Answer>>;
}

/**
 * Writes an OpenAPI document as one page for people. It needs no script, nothing from elsewhere and nothing inline, so it
 * works offline and under the strictest content security policy. (Swagger UI reports each installation to a third party,
 * Redoc injects styles, Scalar needs Node 22.)
 */
export function renderDocs(document: JsonObject): string {
  const { info, paths } = document as unknown as {
    readonly info: { readonly title: string; readonly description: string };
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, found]) => ({
      path,
      method: method.toUpperCase(),
      operation: resolved(document, found) as Operation, // the document is this server's own
    })),
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title}: API</title>
        <link rel="stylesheet" href="/docs.css" />
      </head>
      <body>
        <header>
          <h1>${info.title}: API</h1>
          <p>${info.description}</p>
          <p><a href="/">The page</a> · <a href="/openapi.json">OpenAPI document</a></p>
        </header>
        <nav aria-label="Operations">
          <ul>
            ${operations.map(
              ({ path, method, operation }) =>
                html`<li>
                  <a href="#${operation.operationId}"><code>${method} ${path}</code></a>
                </li>`,
            )}
          </ul>
        </nav>
        <main>${operations.map(article)}</main>
      </body>
    </html>`;
  return String(page);
}

function article(given: {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}): Html {
  const { path, method, operation } = given;
  const { operationId, summary, security, parameters = [], requestBody, responses } = operation;
  return html`<article id="${operationId}">
    <h2><code>${method} ${path}</code></h2>
    <p>${summary ?? operationId}.${security?.length === 0 ? " Open to everybody." : ""}</p>
    ${parameters.length > 0 && parameterTable(parameters)}
    ${
      requestBody &&
      html`<h3>Body</h3>
        ${contentOf(requestBody.content)}`
    }
    <h3>Answers</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Meaning</th>
          <th scope="col">Headers</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(responses).map(
          ([status, { description, headers = {} }]) =>
            html`<tr>
              <th scope="row">${status}</th>
              <td>${description}</td>
              <td>${Object.keys(headers).join(", ")}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${Object.entries(responses)
      .filter(([status]) => status.startsWith("2"))
      .map(([, { content }]) => contentOf(content))}
  </article>`;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  return html`<h3>Parameters</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">In</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        ${parameters.map(
          (each) =>
            html`<tr>
              <th scope="row"><code>${each.name}</code></th>
              <td>${each.in}${each.required === true ? ", required" : ""}</td>
              <td>${each.description ?? ""} <code>${JSON.stringify(each.schema)}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function contentOf(content: Answer["content"] = {}): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<details>
        <summary><code>${type}</code></summary>
        <pre tabindex="0"><code>${JSON.stringify(schema, null, 2)}</code></pre>
      </details>`,
  )}`;
}

/** Puts what is referred to in the place of each reference. The document has no circles. */
function resolved(document: JsonObject, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(document, each));
  if (typeof value !== "object" || value === null) return value;
  if ("$ref" in value && typeof value.$ref === "string") {
    const steps = value.$ref.slice("#/".length).split("/");
    const found = steps.reduce<unknown>((from, step) => (from as JsonObject)[step], document);
    return resolved(document, found);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, resolved(document, member)]),
  );
}
