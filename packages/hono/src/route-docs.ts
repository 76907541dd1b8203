import type { AnyCommandContract, AnyQueryContract, StandardSchema } from "@counterpoint/bus";
import type { StatusCode } from "hono/utils/http-status";

/** What a route does not say by its contract, for whoever reads the document of `openApi`. */
export interface RouteDocs<TStatus extends StatusCode = StatusCode> {
  /** In a few words. Default: the words of the contract's name, as in "Create user". */
  readonly summary?: string;
  /** The status when all goes well. */
  readonly status: TStatus;
  /** What is answered then; `null` for no body. Default: the result of the contract. */
  readonly body?: StandardSchema | null;
  /** Headers of the request, by their names in `components.parameters`. */
  readonly takes?: readonly string[];
  /** Headers of the answer, by their names in `components.headers`. */
  readonly gives?: readonly string[];
  /** Statuses of the problems that it may answer with, beside those that every such route has. */
  readonly problems?: readonly number[];
}

/** What `commandRoute` and `queryRoute` know of a route. */
export interface DescribedRoute {
  readonly contract: AnyCommandContract | AnyQueryContract;
  /** Member of the payload → name in the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Members of the payload that come from the query string. */
  readonly query: readonly string[];
  readonly hasBody: boolean;
  readonly docs: RouteDocs | undefined;
}

/** An Operation Object of OpenAPI 3.1, written by hand. */
export interface Operation {
  /** Default: method and path. */
  readonly operationId?: string;
  readonly responses: Readonly<Record<string, unknown>>;
  /** Statuses of the problems that it may answer with; described among `responses` then. */
  readonly problems?: readonly number[];
  readonly security?: readonly unknown[];
  readonly [member: string]: unknown;
}

const ROUTES = new WeakMap<Function, DescribedRoute | Operation>();

/**
 * Describes a handler that dispatches nothing by itself, for `openApi`: a stream, a health check.
 *
 * @returns The handler.
 */
export function documented<THandler extends Function>(
  operation: Operation,
  handler: THandler,
): THandler {
  ROUTES.set(handler, operation);
  return handler;
}

export function describeRoute<THandler extends Function>(
  handler: THandler,
  route: DescribedRoute,
): THandler {
  ROUTES.set(handler, route);
  return handler;
}

export function descriptionOf(handler: Function): DescribedRoute | Operation | undefined {
  return ROUTES.get(handler);
}

export function isDescribedRoute(given: DescribedRoute | Operation): given is DescribedRoute {
  return "contract" in given;
}
