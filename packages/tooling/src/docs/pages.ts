import { readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { root } from "../workspaces.ts";
import { parsePage } from "./markdown.ts";
import type { Page } from "./markdown.ts";

/** Folders whose pages are made by a tool, or by nobody here. */
const LEFT_OUT = new Set(["node_modules", "dist", "api"]);

/** Reads what people are given to read: the site, the READMEs, CONTRIBUTING. */
export function readPages(): Page[] {
  const folders = ["docs", "packages", "apps"].flatMap((folder) => walk(join(root, folder)));
  const top = ["README.md", "CONTRIBUTING.md"].map((name) => join(root, name));
  return [...top, ...folders]
    .map((path) => relative(root, path).split(sep).join("/"))
    .filter((path) => path.startsWith("docs/") || !path.includes("/") || isReadme(path))
    .map((path) => parsePage(path, readFileSync(join(root, path), "utf8")));
}

/** The README of a workspace; further in lie exercises and fixtures. */
function isReadme(path: string): boolean {
  return /^(packages|apps)\/[^/]+\/README\.md$/.test(path);
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return LEFT_OUT.has(entry.name) || entry.name.startsWith(".") ? [] : walk(path);
    }
    return entry.name.endsWith(".md") ? [path] : [];
  });
}
