import { parseSync } from "oxc-parser";
import type { ExampleModule } from "./modules.ts";
import { codeOf } from "./modules.ts";

/** One output that a page claims. */
export interface Claim {
  readonly page: string;
  readonly line: number;
  readonly expected: string;
  /** What is compared: the value of a statement, what it throws, what its `console.log` prints, or all that a block prints. */
  readonly kind: "value" | "throws" | "printed" | "output";
}

/** A module that reports what its claims came to. */
export interface InstrumentedModule {
  readonly code: string;
  readonly claims: readonly Claim[];
  readonly problems: readonly string[];
}

/** The name of the recorder, which `runner.ts` puts into the global scope. */
export const RECORDER = "__claims";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Insertion {
  readonly at: number;
  readonly until?: number;
  readonly text: string;
}

/**
 * Rewrites an example so that each of its claims can be compared: `expression; // => value`, `console.log(…); // => text`,
 * `expression; // => throws BusError: …`, and the `txt` block below a block. Lines stay where they are.
 */
export function instrument(module: ExampleModule): InstrumentedModule {
  const text = codeOf(module);
  const { program, comments, errors } = parseSync(module.path, text);
  if (errors[0]) return { code: text, claims: [], problems: [] }; // the compiler says it better
  const claims: Claim[] = [];
  const problems: string[] = [];
  const changes: Insertion[] = [];
  const nodes = allNodes(program);
  const { page } = module;

  for (const comment of comments) {
    const expected = /^\s*=>\s*(.+)$/.exec(comment.value)?.[1]?.trim();
    if (comment.type !== "Line" || expected === undefined) continue;
    const line = lineOf(text, comment.start);
    const before = nodes.filter(({ end }) => end <= comment.start && lineOf(text, end) === line);
    const prints = before.filter(isConsoleLog);
    const statement = before.findLast(isStatement);
    if (prints.length > 0) {
      const id = claims.push({ page, line, expected, kind: "printed" }) - 1;
      for (const call of prints) {
        const { start, end } = call["callee"] as Node; // isConsoleLog has seen it
        changes.push({ at: start, until: end, text: `${RECORDER}.print(${id})` });
      }
    } else if (statement) {
      changes.push(...valueClaim(statement, line, expected));
    } else {
      problems.push(`${page}:${line}: no statement ends where "// => ${expected}" stands.`);
    }
  }
  for (const [index, { block, output }] of module.parts.entries()) {
    const at = offsetOf(text, block.line);
    changes.push({ at, text: `${RECORDER}.block(${index}); ` });
    if (!output) continue;
    const expected = output.code.trimEnd();
    if (/^[…\s]*$/.test(expected)) {
      problems.push(`${page}:${output.line}: this output says nothing that could be wrong.`);
    }
    claims.push({ page, line: output.line, expected, kind: "output" });
    changes.push({ at, text: `${RECORDER}.output(${claims.length - 1}, ${index}); ` });
  }
  changes.push({ at: 0, text: `const ${RECORDER} = globalThis.${RECORDER}.of(import.meta.url); ` });
  return { code: apply(text, changes), claims, problems };

  function valueClaim(statement: Node, line: number, expected: string): Insertion[] {
    const thrown = /^throws\s+(.+)$/.exec(expected)?.[1];
    const kind = thrown === undefined ? "value" : "throws";
    const id = claims.push({ page, line, expected: thrown ?? expected, kind }) - 1;
    if (statement.type === "VariableDeclaration") {
      const [declarator] = statement["declarations"] as readonly [{ readonly id: Node }]; // isStatement has counted
      const { type, name, start, end } = declarator.id;
      const bound = type === "Identifier" ? String(name) : text.slice(start, end);
      return [{ at: statement.end, text: ` ${RECORDER}.value(${id}, ${bound});` }];
    }
    const { start, end } = statement["expression"] as Node;
    return kind === "value"
      ? [
          { at: start, text: `${RECORDER}.value(${id}, (` },
          { at: end, text: `))` },
        ]
      : [
          { at: start, text: `await ${RECORDER}.throws(${id}, async () => (` },
          { at: end, text: `))` },
        ];
  }
}

/** Tells whether what came is what was claimed. `…` stands for anything within a line, a line of `…` for any lines. */
export function fulfils(expected: string, actual: string): boolean {
  const pattern = tidy(expected)
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\\n?)*?" : `${line.split("…").map(escape).join(".*")}\\n`,
    )
    .join("");
  return new RegExp(`^${pattern}$`).test(`${tidy(actual)}\n`);
}

/** Quotes are either kind, and nobody sees spaces at the end of a line. */
function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd().replaceAll('"', "'"))
    .join("\n");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function isConsoleLog(node: Node): boolean {
  if (node.type !== "CallExpression") return false;
  const callee = node["callee"] as Node; // the ESTree shape
  if (callee.type !== "MemberExpression") return false;
  const { object, property } = callee as unknown as Record<string, Node>;
  return object?.["name"] === "console" && property?.["name"] === "log";
}

function isStatement({ type, ...node }: Node): boolean {
  if (type === "ExpressionStatement") return true;
  return type === "VariableDeclaration" && (node["declarations"] as readonly Node[]).length === 1; // the ESTree shape
}

function allNodes(value: unknown, found: Node[] = []): Node[] {
  if (Array.isArray(value)) for (const each of value) allNodes(each, found);
  else if (typeof value === "object" && value !== null && "type" in value) {
    const node = value as Node; // whatever has a type in this tree is a node
    found.push(node);
    for (const key of Object.keys(node)) allNodes(node[key], found);
  }
  return found;
}

function apply(text: string, changes: readonly Insertion[]): string {
  let result = text;
  // From the end, so that offsets stay true; of two at one place, the later in the list comes to stand in front.
  const ordered = changes.map((change, index) => ({ ...change, index }));
  ordered.sort((a, b) => b.at - a.at || a.index - b.index);
  for (const { at, until = at, text: added } of ordered) {
    result = result.slice(0, at) + added + result.slice(until);
  }
  return result;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function offsetOf(text: string, line: number): number {
  let offset = 0;
  for (let count = 1; count < line; count += 1) offset = text.indexOf("\n", offset) + 1;
  return offset;
}
