import fc from "fast-check";

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly type?: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly { readonly pattern?: string }[];
  readonly pattern?: string;
  readonly format?: string;
  readonly examples?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly $ref?: string;
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<"application/json", { readonly schema: Schema }>>;
  };
}

/** An operation of the document. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
}

/** A request, of which every part may be anything. */
export interface Asked {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, more or less; `undefined` for none. */
  readonly body: string | undefined;
}

/** Reads the operations of a document. */
export function operationsOf(document: object): readonly Operation[] {
  const { paths, components } = document as OpenApiDocument;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, { parameters = [], requestBody }]) => {
      const method = verb.toUpperCase();
      return {
        ...{ name: `${method} ${path}`, method, path },
        parameters: parameters.map((each) =>
          each.$ref === undefined ? each : components.parameters[each.$ref.split("/").at(-1)!]!,
        ),
        body: requestBody?.content["application/json"].schema,
      };
    }),
  );
}

/**
 * Makes requests that are all that the document asks for.
 *
 * @param known - Values for parameters about whose meaning the document is silent, by name.
 */
export function validRequest(
  operation: Operation,
  known: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<Asked> {
  const { parameters, body } = operation;
  const given = parameters.map((each) => {
    const value = known[each.name] ?? valueOf(each.schema).map(String);
    const isThere = each.required ? fc.constant(true) : fc.boolean();
    return fc.tuple(fc.constant(each), value, isThere);
  });
  const json = body ? valueOf(body).map((value) => JSON.stringify(value)) : fc.constant(undefined);
  return fc.tuple(fc.tuple(...given), json).map(([values, body]) => {
    const there = values.filter(([, , isThere]) => isThere);
    const pairs = (place: Parameter["in"]) =>
      there
        .filter(([each]) => each.in === place)
        .map(([{ name }, value]) => [name, value] as const);
    return {
      ...{ operation, body, query: pairs("query") },
      path: Object.fromEntries(pairs("path")),
      headers: Object.fromEntries(pairs("header")),
    };
  });
}

/** Makes values that fit a schema. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valueOf));
  const { minimum = -MOST, maximum = MOST } = schema;
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "integer":
      return fc.oneof(
        fc.integer({ min: minimum, max: maximum }),
        fc.integer({ min: minimum, max: Math.min(maximum, minimum + 20) }),
        fc.constantFrom(minimum, maximum),
      );
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueOf(schema.items ?? {}), { maxLength: 5 });
    case "object": {
      const members = Object.entries(schema.properties ?? {});
      const values = Object.fromEntries(members.map(([name, member]) => [name, valueOf(member)]));
      return fc.record(values, { requiredKeys: [...(schema.required ?? [])] });
    }
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

const MOST = 2 ** 31 - 1;

function textOf(schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 60, examples = [], format, allOf = [], pattern } = schema;
  const patterns = [pattern, ...allOf.map((each) => each.pattern)]
    .filter((each) => each !== undefined)
    .map((each) => new RegExp(each, "u"));
  const fits = (text: string) =>
    text.trim().length >= minLength &&
    text.length <= maxLength &&
    patterns.every((each) => each.test(text));
  const any = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.constantFrom("O'Brien", "Ada\u00a0Lovelace", "名前", "null", "__proto__", "💃🏽", "1e9"),
    ...examples.map((example) => fc.constant(example)),
  );
  const wanted = format === "email" ? fc.stringMatching(/^[a-z]{1,20}@[a-z]{1,20}\.org$/) : any;
  return wanted.filter(fits);
}

/** Makes requests that are wrong in one to three places, and else as they should be. */
export function nearlyValid(valid: fc.Arbitrary<Asked>): fc.Arbitrary<Asked> {
  const mutations = fc.array(fc.oneof(ofBody, ofText, ofQuery, ofHeaders, ofPath, ofMethod), {
    minLength: 1,
    maxLength: 3,
  });
  return fc
    .tuple(valid, mutations)
    .map(([asked, changes]) => changes.reduce((before, change) => change(before), asked));
}

type Mutation = (asked: Asked) => Asked;

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, "", -1, 0.5, 1e300, 2 ** 53, "x".repeat(300), [], {}, true, "1"),
  fc.constantFrom("\u0000", "\ud800", "\u202e", " ", "SYNC", "never ", "1e3", "0x10", "NaN"),
);
const line = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 30 }),
  fc.constantFrom(
    "%",
    "%00",
    "%ff",
    "..",
    "../..",
    "-1",
    "1.5",
    "wait=-1",
    "wait=x",
    "MTox",
    "null",
  ),
);

/** Changes one member of the body, takes one away, or adds one. */
const ofBody: fc.Arbitrary<Mutation> = fc
  .tuple(
    fc.nat(),
    odd,
    fc.constantFrom("replace", "remove", "add", "wrap"),
    fc.constantFrom("constructor", "toString", "userId", "role", "", "Name", "__proto__x"),
  )
  .map(([at, value, how, name]): Mutation => (asked) => {
    const body = objectOf(asked.body);
    const names = Object.keys(body);
    const chosen = names[at % Math.max(1, names.length)] ?? name;
    const { [chosen]: _gone, ...rest } = body;
    const bodies = {
      replace: { ...body, [chosen]: value },
      remove: rest,
      add: { ...body, [name]: value },
      wrap: [body],
    };
    return { ...asked, body: JSON.stringify(bodies[how]) };
  });

/** Changes the text of the body. */
const ofText: fc.Arbitrary<Mutation> = fc
  .tuple(
    fc.nat(),
    fc.constantFrom("cut", "more", "twice", "nothing", "own prototype", "deep", "duplicate"),
  )
  .map(([at, how]): Mutation => (asked) => {
    const { body = "" } = asked;
    const bodies = {
      cut: body.slice(0, at % Math.max(1, body.length)),
      more: `${body} x`,
      twice: JSON.stringify(body),
      nothing: "",
      "own prototype": body.replace("{", '{"__proto__":{"role":"admin"},'),
      deep: `{"name":${"[".repeat(at % 3_000)}`,
      duplicate: body.replace("{", '{"name":1,"position":"x",'),
    };
    return { ...asked, body: bodies[how] };
  });

const ofQuery: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom("page", "page_size", "consistency", "after", "x", "__proto__"), line)
  .map(([name, value]): Mutation => (asked) => ({
    ...asked,
    query: [...asked.query, [name, value]],
  }));

const ofHeaders: fc.Arbitrary<Mutation> = fc
  .oneof(
    fc.tuple(
      fc.constantFrom("Idempotency-Key", "Consistency-Token", "Prefer", "Last-Event-ID"),
      line.map(printable),
    ),
    fc.tuple(fc.constantFrom("X-Role", "X-Correlation-Id", "traceparent"), line.map(printable)),
    fc.tuple(
      fc.constant("Content-Type"),
      fc.constantFrom(
        "text/plain",
        "application/json; charset=utf-16",
        "a/b;",
        "application/jsonx",
      ),
    ),
  )
  .map(([name, value]): Mutation => (asked) => ({
    ...asked,
    headers: { ...asked.headers, [name]: value },
  }));

const ofPath: fc.Arbitrary<Mutation> = line.map((value): Mutation => (asked) => ({
  ...asked,
  path: Object.fromEntries(Object.keys(asked.path).map((name) => [name, value])),
}));

const ofMethod: fc.Arbitrary<Mutation> = fc
  .constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
  .map((method): Mutation => (asked) => ({ ...asked, operation: { ...asked.operation, method } }));

function objectOf(body: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body ?? "{}");
    return typeof value === "object" ? { ...value } : {};
  } catch {
    return {};
  }
}

function printable(value: string): string {
  return value.replaceAll(/[^ -~]/g, "").trim();
}
