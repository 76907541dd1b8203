import { documented } from "@counterpoint/hono";
import type { JsonObject } from "@counterpoint/hono/openapi";
import { Hono } from "hono";
import { renderDocs } from "./render-docs.ts";
import { STYLE } from "./style.ts";

/** The API's description: for programs at `/openapi.json`, for people at `/docs`. Both say nothing of the data. */
export function docsRoutes(describe: () => JsonObject) {
  let description: JsonObject | undefined;
  let page: string | undefined;
  const document = () => (description ??= describe());
  const summary = "Describes this API in OpenAPI";
  const ok = {
    description: summary,
    content: { "application/json": { schema: { type: "object" } } },
  };
  return new Hono()
    .get(
      "/openapi.json",
      documented({ summary, security: [], responses: { 200: ok } }, function openapi(c) {
        c.header("Cache-Control", "no-cache");
        return c.json(document());
      }),
    )
    .get("/docs", (c) => {
      c.header("Cache-Control", "no-cache");
      return c.html((page ??= renderDocs(document())));
    })
    .get("/docs.css", (c) => c.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }));
}
