import { existsSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { readManifest, root } from "../workspaces.ts";
import type { Findings } from "./examples.ts";
import { anchorOf, githubAnchorOf } from "./markdown.ts";
import type { Link, Page } from "./markdown.ts";

/** Made by the build, so there is nothing to look at before it. */
const GENERATED = /^docs\/reference\/api(\/|$)/;

/**
 * Checks where pages lead: files and anchors, the paths that they name (`packages/bus/src`), the scripts that they tell
 * people to run (`npm run demo`). Of links to other sites the form alone is checked: no network.
 */
export function checkLinks(pages: readonly Page[]): Findings {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const scripts = Object.keys(readManifest(root).scripts ?? {});
  const problems: string[] = [];
  let looked = 0;
  for (const page of pages) {
    for (const link of page.links) {
      looked += 1;
      const problem = flawOf(link, page, byPath);
      if (problem !== undefined) problems.push(`${page.path}:${link.line}: ${problem}`);
    }
    for (const { text, line } of page.spans) {
      if (!isPath(text)) continue;
      looked += 1;
      if (!exists(text)) problems.push(`${page.path}:${line}: there is no ${text}.`);
    }
    for (const { text, line } of [...page.spans, ...linesOfShell(page)]) {
      for (const [, name = ""] of text.matchAll(
        /\bnpm run (?:--silent )?([\w:-]+)(?![^|;&]* (?:-w|--workspace))/g,
      )) {
        if (page.path.startsWith("docs/tutorials/")) continue; // their project is the reader's
        looked += 1;
        if (!scripts.includes(name))
          problems.push(`${page.path}:${line}: no script ${name} at the top.`);
      }
    }
  }
  return { problems, looked };
}

function flawOf(
  { target }: Link,
  page: Page,
  byPath: ReadonlyMap<string, Page>,
): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    return /^(https?:\/\/[^/\s]+|mailto:[^@\s]+@)/.test(target) && URL.canParse(target)
      ? undefined
      : `${target} is no address.`;
  }
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page.path : fileOf(path, page.path);
  if (file === undefined) return `${target} leads nowhere.`;
  if (anchor === undefined || anchor === "" || GENERATED.test(file)) return undefined;
  const there = byPath.get(file);
  if (!there)
    return file.endsWith(".md") ? `${target} leads to a page that was not read.` : undefined;
  const anchors = file.startsWith("docs/")
    ? anchorsOf(there, anchorOf)
    : anchorsOf(there, githubAnchorOf);
  return anchors.has(anchor) ? undefined : `there is no #${anchor} in ${file}.`;
}

/** The file behind a link: as the repository has it, or as the site serves it. */
function fileOf(target: string, from: string): string | undefined {
  const path = target.startsWith("/")
    ? `docs${target}`
    : posix.join(posix.dirname(from), decodeURI(target));
  const bare = path.replace(/\/$/, "");
  if (GENERATED.test(bare)) return bare;
  const candidates = from.startsWith("docs/")
    ? [
        bare,
        `${bare}.md`,
        `${bare}/index.md`,
        `${bare}/README.md`,
        bare.replace("docs/", "docs/public/"),
      ]
    : [bare];
  const files = candidates.filter((each) => existsSync(join(root, each)));
  const page = files.find((each) => statSync(join(root, each)).isFile());
  // A folder is a place in the repository, and none on the site.
  const isSite = from.startsWith("docs/") && bare.startsWith("docs/");
  return page ?? (isSite ? undefined : files[0]);
}

function anchorsOf(page: Page, slug: (heading: string) => string): Set<string> {
  const anchors = new Set(page.ids);
  const times = new Map<string, number>();
  for (const heading of page.headings) {
    const anchor = slug(heading);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

function isPath(text: string): boolean {
  return (
    /^(packages|apps|docs|\.ci)\/[\w.*@{},/[\]-]+$/.test(text) &&
    !/(^|\/)(dist|\.cache|node_modules)(\/|$)/.test(text)
  );
}

function exists(path: string): boolean {
  if (GENERATED.test(path)) return true;
  let found = [""];
  for (const segment of path.split("/").filter((each) => each !== "")) {
    found = found.flatMap((folder) => matching(folder, segment));
  }
  return found.length > 0;
}

/** @param segment - May hold `*` and `{a,b}`. */
function matching(folder: string, segment: string): string[] {
  if (!/[*{]/.test(segment)) {
    const path = posix.join(folder, segment);
    return existsSync(join(root, path)) ? [path] : [];
  }
  if (!statSync(join(root, folder)).isDirectory()) return [];
  const source = segment
    .replace(/[.[\]()+]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("{", "(")
    .replaceAll("}", ")")
    .replaceAll(",", "|");
  const pattern = new RegExp(`^${source}$`);
  return readdirSync(join(root, folder))
    .filter((name) => pattern.test(name))
    .map((name) => posix.join(folder, name));
}

function linesOfShell({ blocks }: Page): ShellLine[] {
  return blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ code, line }) =>
      code.split("\n").map((text, index) => ({ text, line: line + index })),
    );
}

interface ShellLine {
  readonly text: string;
  readonly line: number;
}
