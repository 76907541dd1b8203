import { parseSync } from "oxc-parser";

/** One module that a file asks for. */
export interface Import {
  /** As written; `undefined` when it is computed at run time and so cannot be checked. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/**
 * Lists every module that a TypeScript or JavaScript file asks for, in the order of the text: static and dynamic
 * imports, re-exports, `import("x").Type`, `import x = require("x")`, `require("x")` and `import.meta.resolve("x")`.
 *
 * @throws {SyntaxError} When the text does not parse: an unread file must not pass for a clean one.
 */
export function importsOf(path: string, text: string): Import[] {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${path} does not parse: ${error.message}`);
  const found: { specifier: string | undefined; start: number }[] = [];
  visit(program, (node) => {
    const source = sourceOf(node);
    if (source) found.push({ specifier: literal(source), start: source.start });
  });
  found.sort((a, b) => a.start - b.start);
  return found.map(({ specifier, start }) => ({ specifier, line: lineOf(text, start) }));
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** The node that names the module, when `node` asks for one. */
function sourceOf(node: SyntaxNode): SyntaxNode | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return isNode(node["source"]) ? node["source"] : undefined;
    case "TSExternalModuleReference":
      return isNode(node["expression"]) ? node["expression"] : undefined;
    case "CallExpression":
      return asksForModule(node["callee"]) ? firstOf(node["arguments"]) : undefined;
    default:
      return undefined;
  }
}

function asksForModule(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === "Identifier") return callee["name"] === "require";
  const { object, property } = callee;
  return (
    callee.type === "MemberExpression" &&
    isNode(object) &&
    isNode(property) &&
    property["name"] === "resolve" &&
    (object.type === "MetaProperty" || object["name"] === "require")
  );
}

function literal(node: SyntaxNode): string | undefined {
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type !== "TemplateLiteral" || !Array.isArray(node["quasis"])) return undefined;
  const [only, ...more] = node["quasis"] as { readonly value: { readonly cooked: string } }[]; // the ESTree shape
  return only && more.length === 0 ? only.value.cooked : undefined;
}

function visit(value: unknown, see: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (isNode(value)) {
    see(value);
    for (const key of Object.keys(value)) visit(value[key], see);
  }
}

function firstOf(list: unknown): SyntaxNode | undefined {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isNode(first) ? first : undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
