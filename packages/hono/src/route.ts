import type {
  AnyCommandContract,
  AnyQueryContract,
  DispatchOptions,
  MessageOf,
  ResultOf,
  SchemaInput,
} from "@counterpoint/bus";
import type { ConsistencyToken } from "@counterpoint/events";
import type { Context, Env, Handler, TypedResponse } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { CONSISTENCY_TOKEN } from "./consistency.ts";
import { readJsonObject } from "./json-body.ts";
import type { DescribedRoute, RouteDocs } from "./route-docs.ts";
import { describeRoute } from "./route-docs.ts";

type RequestContract = AnyCommandContract | AnyQueryContract;

interface Dispatcher<TContract extends RequestContract> {
  dispatch(
    message: MessageOf<TContract>,
    options?: DispatchOptions,
  ): Promise<ResultOf<MessageOf<TContract>>>;
}

/** What a route answers. */
export interface Reply<TBody, TStatus extends StatusCode> {
  readonly status: TStatus;
  /** Sent as JSON; `null` with a status that has no body (204). */
  readonly body: TBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Consistency-Token`. */
  readonly token?: ConsistencyToken;
}

/** Turns what a URL says into a payload's member. A text it cannot turn it hands on, for the schema to refuse. */
export type ParameterReader = (text: string) => unknown;

/**
 * Reads a whole number as it is usually written. Anything else stays text: signs, fractions, exponents, blanks, leading
 * zeros, and what a number cannot hold exactly.
 */
export const integer: ParameterReader = (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) && String(value) === text ? value : text;
};

/** Leaves text as it is. */
export const text: ParameterReader = (value) => value;

interface RouteOptions<
  TContract extends RequestContract,
  TParams extends string,
  TBody,
  TStatus extends StatusCode,
> {
  /** Members of the payload that come from the path: member → name in the path. They win over the body. */
  readonly params?: Readonly<Record<TParams, string>>;
  /** Members of the payload that come from the query string, under the same name. */
  readonly query?: Readonly<Record<string, ParameterReader>>;
  /** Says who asks and why; goes into the dispatch. Default: nothing. */
  readonly context?: (context: Context) => DispatchOptions;
  readonly reply: (result: ResultOf<MessageOf<TContract>>) => Reply<TBody, TStatus>;
  /** What `openApi` cannot know from the contract. */
  readonly docs?: RouteDocs<TStatus>;
}

type PayloadInput<TContract extends RequestContract> = SchemaInput<TContract["payload"]>;

/** What a typed client has to send: the payload, less what stands in the path. */
type CommandInput<TContract extends RequestContract, TParams extends string> =
  Exclude<keyof PayloadInput<TContract>, TParams> extends never
    ? {}
    : { in: { json: Omit<PayloadInput<TContract>, TParams> }; out: {} };

type QueryInput<TContract extends RequestContract, TParams extends string> = {
  in: { query: { [TName in Exclude<keyof PayloadInput<TContract>, TParams>]?: string } };
  out: {};
};

type Answer<TBody, TStatus extends StatusCode> = Promise<TypedResponse<TBody, TStatus, "json">>;

/**
 * Makes a route that dispatches a command: payload from the JSON body and the path, answer from the result.
 *
 * The route checks that the body is JSON; that the payload is right is the matter of `validate()` on the bus, so HTTP and
 * other callers are held to the same. Errors are thrown, for `problems` to describe.
 *
 * @example
 * ```ts
 * import { command, CommandBus, type } from "@counterpoint/bus";
 * import { commandRoute } from "@counterpoint/hono";
 * import { Hono } from "hono";
 *
 * const AddUser = command("AddUser", { payload: type<{ name: string }>(), result: type<string>() });
 * const commands = new CommandBus().register(AddUser, ({ name }) => name.toLowerCase());
 * const route = commandRoute(commands, AddUser, {
 *   reply: (userId) => ({ status: 201, body: { userId } }),
 * });
 * const app = new Hono().post("/users", route);
 *
 * const request = {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ name: "Ada" }),
 * };
 * await (await app.request("/users", request)).json(); // => { userId: "ada" }
 * ```
 */
export function commandRoute<
  TContract extends AnyCommandContract,
  TBody,
  const TStatus extends StatusCode,
  TParams extends string = never,
>(
  bus: Dispatcher<TContract>,
  contract: TContract,
  options: RouteOptions<TContract, TParams, TBody, TStatus> & {
    /** Whether a JSON body is read. Default `true`. */
    readonly body?: boolean;
  },
): Handler<Env, string, CommandInput<TContract, TParams>, Answer<TBody, TStatus>> {
  const fromUrl = urlReader(options);
  const hasBody = options.body !== false;
  return describeRoute(
    async function commandRoute(c) {
      const body = hasBody ? await readJsonObject(c) : {};
      return answer(c, bus, contract, { ...body, ...fromUrl(c) }, options);
    },
    describedRoute(contract, options, hasBody),
  );
}

/**
 * Makes a route that dispatches a query: payload from the path and the query string, answer from the result.
 *
 * @example
 * ```ts
 * import { query, QueryBus, type } from "@counterpoint/bus";
 * import { integer, queryRoute } from "@counterpoint/hono";
 * import { Hono } from "hono";
 *
 * const ListUsers = query("ListUsers", {
 *   payload: type<{ page?: number }>(),
 *   result: type<{ page: number; names: string[] }>(),
 * });
 * const queries = new QueryBus().register(ListUsers, ({ page = 1 }) => ({ page, names: ["Ada"] }));
 * const route = queryRoute(queries, ListUsers, {
 *   query: { page: integer },
 *   reply: (users) => ({ status: 200, body: users }),
 * });
 * const app = new Hono().get("/users", route);
 * await (await app.request("/users?page=2")).json(); // => { page: 2, names: [ 'Ada' ] }
 * ```
 */
export function queryRoute<
  TContract extends AnyQueryContract,
  TBody,
  const TStatus extends StatusCode,
  TParams extends string = never,
>(
  bus: Dispatcher<TContract>,
  contract: TContract,
  options: RouteOptions<TContract, TParams, TBody, TStatus>,
): Handler<Env, string, QueryInput<TContract, TParams>, Answer<TBody, TStatus>> {
  const fromUrl = urlReader(options);
  return describeRoute(
    async function queryRoute(c) {
      return answer(c, bus, contract, fromUrl(c), options);
    },
    describedRoute(contract, options, false),
  );
}

function describedRoute(
  contract: RequestContract,
  {
    params = {},
    query = {},
    docs,
  }: Pick<RouteOptions<AnyQueryContract, string, unknown, StatusCode>, "params" | "query" | "docs">,
  hasBody: boolean,
): DescribedRoute {
  return { contract, params, query: Object.keys(query), hasBody, docs };
}

async function answer<
  TContract extends RequestContract,
  TParams extends string,
  TBody,
  TStatus extends StatusCode,
>(
  c: Context,
  bus: Dispatcher<TContract>,
  contract: TContract,
  payload: Record<string, unknown>,
  { context, reply }: RouteOptions<TContract, TParams, TBody, TStatus>,
): Answer<TBody, TStatus> {
  // The payload is unchecked here: `validate()` on the bus decides whether it is one.
  const message = contract(payload) as MessageOf<TContract>;
  const result = await bus.dispatch(message, context?.(c)).catch(rethrow);
  const { status, body, headers, token } = reply(result);
  const all = token === undefined ? headers : { ...headers, [CONSISTENCY_TOKEN]: token };
  const response =
    body === null ? c.body(null, status, all) : c.json(body as object, status as 200, all);
  return response as unknown as TypedResponse<TBody, TStatus, "json">; // built from exactly these
}

/** Hono hands errors to its error handler, and nothing else that may be thrown. */
function rethrow(thrown: unknown): never {
  throw thrown instanceof Error
    ? thrown
    : new Error("A handler threw something that is no error.", { cause: thrown });
}

/** Reads the members of a payload that a URL holds. One that is given twice arrives as a list, for the schema to refuse. */
function urlReader({
  params = {},
  query = {},
}: {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, ParameterReader>>;
}): (context: Context) => Record<string, unknown> {
  const readers = Object.entries(query);
  const names = Object.entries(params);
  return function fromUrl({ req }) {
    const members: Record<string, unknown> = {};
    for (const [member, read] of readers) {
      const values = req.queries(member);
      if (values?.length === 1)
        members[member] = read(values[0]!); // the length says that it is there
      else if (values) members[member] = values;
    }
    for (const [member, name] of names) members[member] = req.param(name);
    return members;
  };
}
