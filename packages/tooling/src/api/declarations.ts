import { parseSync } from "oxc-parser";

/** A declaration file, as far as an API is concerned. */
export interface DeclarationFile {
  /** By local name; overloads and merged declarations are several. */
  readonly declarations: ReadonlyMap<string, readonly Declaration[]>;
  /** What other modules see, by the name they see it under. */
  readonly exports: ReadonlyMap<string, Export>;
  /** Where a local name comes from. */
  readonly imports: ReadonlyMap<string, Origin>;
}

/** One statement. */
export interface Declaration {
  /** Without comments, and without `export`. */
  readonly text: string;
  /** Names of types and values that it refers to, each once. */
  readonly refersTo: readonly string[];
}

/** A name in another module: `"*"` for all of it, `"default"` for what has no name. */
export interface Origin {
  readonly specifier: string;
  readonly name: string;
}

/** @see DeclarationFile.exports */
export interface Export {
  /** `undefined`: declared in this very file. */
  readonly specifier?: string;
  readonly name: string;
  readonly typeOnly: boolean;
}

/**
 * Reads a `.d.ts` file as `tsc` writes it.
 *
 * @throws {SyntaxError} When it does not parse, or says something that an API text has no words for (`export *`, `export =`,
 * a default export, a global): unread must not pass for unchanged.
 */
export function readDeclarations(path: string, text: string): DeclarationFile {
  const { program, errors, comments } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${path} does not parse: ${error.message}`);
  const declarations = new Map<string, Declaration[]>();
  const exports = new Map<string, Export>();
  const imports = new Map<string, Origin>();

  for (const statement of program.body as unknown as readonly SyntaxNode[]) read(statement);
  return { declarations, exports, imports };

  function read(statement: SyntaxNode): void {
    const { type } = statement;
    if (type === "ImportDeclaration") return readImport(statement);
    if (type !== "ExportNamedDeclaration") declare(statement);
    else if (!isNode(statement["declaration"])) readExports(statement);
    else {
      for (const name of declare(statement["declaration"])) {
        exports.set(name, { name, typeOnly: false });
      }
    }
  }

  function readImport(statement: SyntaxNode): void {
    const specifier = literal(statement["source"]);
    for (const each of nodes(statement["specifiers"])) {
      imports.set(nameOf(each["local"]), { specifier, name: importedName(each) });
    }
  }

  function readExports(statement: SyntaxNode): void {
    const source = statement["source"];
    for (const each of nodes(statement["specifiers"])) {
      const name = nameOf(each["local"]);
      const typeOnly = [statement["exportKind"], each["exportKind"]].includes("type");
      const specifier = isNode(source) ? { specifier: literal(source) } : {};
      exports.set(nameOf(each["exported"]), { ...specifier, name, typeOnly });
    }
  }

  function declare(statement: SyntaxNode): readonly string[] {
    const names = namesOf(statement);
    if (names.length === 0) {
      const where = text.slice(statement.start, statement.start + 60);
      throw new SyntaxError(`${path}: an API text has no words for “${where}”.`);
    }
    const declaration = {
      text: withoutComments(text, statement, comments),
      refersTo: [...new Set(referencesOf(statement))],
    };
    for (const name of names) {
      declarations.set(name, [...(declarations.get(name) ?? []), declaration]);
    }
    return names;
  }
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

function namesOf({ type, id, declarations }: SyntaxNode): string[] {
  if (type === "VariableDeclaration") return nodes(declarations).map((each) => nameOf(each["id"]));
  if (type === "ExportDefaultDeclaration") return [];
  return isNode(id) && id.type === "Identifier" ? [nameOf(id)] : [];
}

function importedName({ type, imported }: SyntaxNode): string {
  if (type === "ImportNamespaceSpecifier") return "*";
  return type === "ImportDefaultSpecifier" ? "default" : nameOf(imported);
}

function withoutComments(
  text: string,
  { start, end }: SyntaxNode,
  comments: readonly { readonly start: number; readonly end: number }[],
): string {
  let result = "";
  let from = start;
  for (const comment of comments) {
    if (comment.start < start || comment.end > end) continue;
    result += text.slice(from, comment.start);
    from = comment.end;
  }
  return (result + text.slice(from, end)).replaceAll(/\n\s*(?=\n)/g, "");
}

/** Only where a name stands for a type or a value, not where it names a member or a parameter. */
function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isNode(value)) return [];
  const found = Object.values(value).flatMap(referencesOf);
  const { type, typeName, exprName, expression, superClass, computed, key } = value;
  if (type === "TSTypeReference") found.push(leftmost(typeName));
  if (type === "TSTypeQuery") found.push(leftmost(exprName));
  if (type === "TSInterfaceHeritage" || type === "TSClassImplements")
    found.push(leftmost(expression));
  if (type === "ClassDeclaration" && isNode(superClass)) found.push(leftmost(superClass));
  if (computed === true) found.push(leftmost(key));
  return found.filter((name) => name !== "");
}

/** `Intl.Collator` → `Intl`. */
function leftmost(node: unknown): string {
  if (!isNode(node)) return "";
  const { left, object } = node;
  if (node.type === "Identifier") return nameOf(node);
  return leftmost(left ?? object);
}

function nameOf(node: unknown): string {
  if (!isNode(node)) throw new SyntaxError("Expected a name.");
  return String(node["name"] ?? node["value"]); // an identifier, or a name in quotation marks
}

function literal(node: unknown): string {
  return isNode(node) ? String(node["value"]) : "";
}

function nodes(list: unknown): SyntaxNode[] {
  return Array.isArray(list) ? list.filter(isNode) : [];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value;
}
