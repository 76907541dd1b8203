import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { Hono } from "hono";
import { expect, it } from "vitest";

const PACKAGE = new URL("../", import.meta.url);

it("has a first example that runs", async () => {
  const readme = await readFile(new URL("README.md", PACKAGE), "utf8");
  const [, example = ""] = /^```ts\n([^]*?)^```$/m.exec(readme) ?? [];
  const file = new URL(".cache/readme-example.ts", PACKAGE);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, example);
  const { api } = (await import(/* @vite-ignore */ file.pathname)) as { api: Hono };

  const added = await api.request("/notes", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"text":"hello"}',
  });
  expect(added.status).toBe(201);
  expect(added.headers.get("location")).toBe("/notes/1");
  const found = await api.request("/notes/1");
  expect(await found.json()).toEqual({ id: "1", text: "hello" });
  const missing = await api.request("/notes/2");
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ error: "There is no note 2." });
  expect((await api.request("/notes", { method: "PUT" })).status).toBe(405);
});
