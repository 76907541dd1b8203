import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fulfils } from "@counterpoint/tooling/claims";
import { parsePage } from "@counterpoint/tooling/markdown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { read, rowsOf } from "./pages.ts";

// Sends every request of the page to the demo, in the order of the page, and compares the answers.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const page = read("docs/reference/http.md");
const { blocks } = parsePage("docs/reference/http.md", page);
const exchanges = blocks.flatMap(({ language, code, line }, index) => {
  if (language !== "http" || code.startsWith("HTTP/")) return [];
  return [{ line, request: partsOf(code), answer: partsOf(blocks[index + 1]?.code ?? "") }];
});

let demo: ChildProcess;
let url = "";

beforeAll(async () => {
  const flags = ["--import", "tsx", "--conditions=@counterpoint/source"];
  const main = ["apps/demo/server/main.ts", "--port", "0"];
  demo = spawn(process.execPath, [...flags, ...main], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "inherit"],
  });
  url = await new Promise<string>((resolve, reject) => {
    let said = "";
    demo.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\/\/localhost:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    demo.on("exit", () => reject(new Error(`The demo ended: ${said}`)));
  });
}, 120_000);

afterAll(async () => {
  const ended = new Promise((resolve) => demo.on("exit", resolve));
  demo.kill();
  await ended;
});

test("answers as the page says, request by request", async () => {
  expect(exchanges.length).toBeGreaterThan(20);
  const known = { id: "", token: "" };
  for (const { line, request, answer } of exchanges) {
    const [method = "", path = ""] = fill(request.first, known).split(" ");
    const headers = request.headers.map(([name, value]) => [name, fill(value, known)] as const);
    const body = request.body === "" ? null : request.body;
    const response = await fetch(url + path, {
      method,
      headers: Object.fromEntries(headers),
      body,
    });
    const where = `docs/reference/http.md:${line}: ${method} ${path}`;
    const text = await response.text();
    expect(`${where} ${response.status} ${text}`).toContain(
      `${where} ${answer.first.split(" ")[1]} `,
    );
    for (const [name, value] of answer.headers) {
      const got = response.headers.get(name) ?? "(no such header)";
      expect(
        fulfils(fill(value, known), got),
        `${where}: ${name} is ${got}, the page says ${value}`,
      ).toBe(true);
    }
    expect(fulfils(fill(answer.body, known), text), `${where} answers ${text}`).toBe(true);
    known.token = response.headers.get("consistency-token") ?? known.token;
    known.id = /^\/users\/(.+)$/.exec(response.headers.get("location") ?? "")?.[1] ?? known.id;
  }
});

test("says something of every operation in the OpenAPI document, and of no other", async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }; // what the demo says of itself
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.length).toBeGreaterThan(20);
  const shown = exchanges.map(({ request }) => request.first.replace(/\?.*$/, ""));
  const said = [...shown, ...rowsOf(page).map(([name]) => name), ...spans(page)];
  expect(operations.filter((operation) => !said.includes(operation))).toEqual([]);
  const lab = rowsOf(page).filter(([name]) => name.includes(" /"));
  expect(lab.map(([name]) => name).filter((name) => !operations.includes(name))).toEqual([]);
});

interface Parts {
  readonly first: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

function partsOf(code: string): Parts {
  const [head = "", ...body] = code.trimEnd().split("\n\n");
  const [first = "", ...headers] = head.split("\n");
  return {
    first,
    headers: headers.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
    body: body.join("\n\n"),
  };
}

function fill(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\{(id|token)\}/g, (_whole, name: string) => known[name] ?? "");
}

function spans(text: string): string[] {
  return [...text.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`/g)].map(
    ([, span = ""]) => span,
  );
}
