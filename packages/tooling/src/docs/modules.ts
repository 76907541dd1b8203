import type { CodeBlock, Page } from "./markdown.ts";

/** What a block is, once it has its place: a part of a module, on the same lines as on its page. */
interface Part {
  readonly block: CodeBlock;
  /** The output that the page claims, when a `txt` block follows. */
  readonly output?: CodeBlock;
}

/** A file of code that stands on a page. */
export interface ExampleModule {
  /** The page it stands on. */
  readonly page: string;
  /** Relative to the folder of all examples, with forward slashes. */
  readonly path: string;
  readonly parts: readonly Part[];
}

/** The examples of a page, and what is wrong with how they are marked. */
export interface PageExamples {
  readonly modules: readonly ExampleModule[];
  readonly problems: readonly string[];
}

const LANGUAGES = new Set(["ts", "tsx"]);
/**
 * Puts the `ts` blocks of a page together. The rule:
 *
 * - blocks without a mark are one module, in the order of the page;
 * - `ts standalone` is a module of its own;
 * - `ts [name.ts]` is a file of that name, which the others may import; a second block of that name replaces it, and
 *   `ts [name.ts] add` adds to its end; `mv` and `rm` in an `sh` block do what they say;
 * - `ts fails` sees the blocks before it, and does not compile, which is the point;
 * - a `txt` block is what the `ts` block before it prints;
 * - a comment `<!-- setup … -->` belongs to the block after it: what readers would have around it, and no more.
 */
export function modulesOf(page: Page): PageExamples {
  const folder = page.path.replace(/\.md$/, "").replaceAll("/", "-");
  const problems: string[] = [];
  const modules: ExampleModule[] = [];
  const flow: Part[] = [];
  let files = new Map<string, readonly Part[]>();
  let stage = 1;
  let setup: readonly Part[] = [];

  const { blocks } = page;
  for (const [index, block] of blocks.entries()) {
    const before = blocks[index - 1];
    if (block.language === "txt") {
      const from = before?.language ?? "";
      if (!LANGUAGES.has(from) && !(from === "sh" && isFollowed(page))) {
        problems.push(`${page.path}:${block.line}: nothing prints this output: mark it as text.`);
      }
      continue;
    }
    if (block.language === "sh") moveFiles(block.code);
    if (!LANGUAGES.has(block.language)) continue;
    if (block.hidden) {
      setup = [...setup, { block }];
      continue;
    }
    const parts = [...setup, partOf(block, blocks[index + 1])];
    setup = [];
    const unknown = block.marks.filter((mark) => !/^(standalone|add|fails|\[[^\]]+\])$/.test(mark));
    if (unknown.length > 0) {
      problems.push(`${page.path}:${block.line}: ts blocks know no mark ${unknown.join(" ")}.`);
    }
    const name = nameOf(block);
    if (name !== undefined) {
      if (files.has(name)) nextStage();
      const old = block.marks.includes("add") ? (files.get(name) ?? []) : [];
      files.set(name, [...old, ...parts]);
    } else if (block.marks.includes("standalone")) {
      modules.push({ page: page.path, path: `${folder}/line-${block.line}.ts`, parts });
    } else if (block.marks.includes("fails")) {
      const path = `${folder}/${stage}/line-${block.line}.ts`;
      modules.push({ page: page.path, path, parts: [...flow, ...parts] });
    } else {
      flow.push(...parts);
    }
  }
  for (const { block } of setup)
    problems.push(`${page.path}:${block.line}: this set-up is for no block.`);
  modules.push(...stageOf(files));
  // The blocks without a name see the files as they are in the end.
  const last = `${folder}/${stage}`;
  if (flow.length > 0) modules.push({ page: page.path, path: `${last}/page.ts`, parts: flow });
  return { modules, problems };

  /** What was there is compiled as it was; from here on it may differ. */
  function nextStage(): void {
    modules.push(...stageOf(files));
    files = new Map(files);
    stage += 1;
  }

  function moveFiles(code: string): void {
    for (const [, from = "", to] of code.matchAll(
      /^(?:mv|rm) (\S+\.tsx?)(?: (\S+\.tsx?))?(?=\s|$)/gm,
    )) {
      const moved = files.get(from);
      if (!moved) continue;
      nextStage();
      files.delete(from);
      if (to !== undefined) files.set(to, moved);
    }
  }

  function stageOf(all: ReadonlyMap<string, readonly Part[]>): ExampleModule[] {
    return [...all].map(([name, parts]) => ({
      page: page.path,
      path: `${folder}/${stage}/${name}`,
      parts,
    }));
  }
}

/** Tells whether a tutorial begins in an empty folder: then its commands are run as well, see `tutorials.packed.test.ts`. */
export function isFollowed({ path, blocks }: Page): boolean {
  const first = blocks.find(({ language }) => language === "sh");
  return path.startsWith("docs/tutorials/") && first?.code.startsWith("mkdir ") === true;
}

/** The name in `ts [name.ts]`. */
export function nameOf({ marks }: CodeBlock): string | undefined {
  return marks.map((mark) => /^\[([^\]]+)\]$/.exec(mark)?.[1]).find((name) => name !== undefined);
}

/** Sets the code on the lines that it has on its page, so that what a tool says of line 12 is said of the page. */
export function codeOf({ parts }: ExampleModule): string {
  const lines: string[] = [];
  for (const { block } of parts) {
    while (lines.length < block.line - 1) lines.push("");
    lines.push(...block.code.trimEnd().split("\n"));
  }
  return `${lines.join("\n")}\n`;
}

function partOf(block: CodeBlock, next: CodeBlock | undefined): Part {
  return next?.language === "txt" ? { block, output: next } : { block };
}
