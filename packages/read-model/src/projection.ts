import type { AnyEventContract, MessageOf } from "@counterpoint/bus";
import type { Recorded, RecordedEvent } from "@counterpoint/events";
import type { AnyDocument, Columns, DocumentOf } from "./columns.ts";
import { assertColumns, assertName } from "./columns.ts";
import type { Follower } from "./follower.ts";

/**
 * Folds events into the documents of one read model. Pure, so that adapters may batch it, replay it and test it: the
 * same definition serves a synchronous and an eventually consistent read model.
 */
export interface Projection<TDocument = AnyDocument> extends Follower {
  readonly columns: Columns;
  /**
   * Applies one event to its document.
   *
   * @returns The document; `null` to remove it; `undefined` to leave things as they are.
   */
  apply(document: TDocument | undefined, event: RecordedEvent): TDocument | null | undefined;
  /** The same fold under another name: a read model of its own. */
  as(name: string): Projection<TDocument>;
}

interface ProjectionDefinition<
  TContracts extends readonly AnyEventContract[],
  TColumns extends Columns,
> {
  /** Integer ≥ 1. */
  readonly version: number;
  /** The contracts of all events that the projection listens to. */
  readonly events: TContracts;
  /** The shape of the documents: real columns in a real table. The first is the key. */
  readonly columns: TColumns;
  /** The key of the document that an event concerns. Every event has one document; `undefined`: the event is passed over. */
  readonly key: (event: Recorded<MessageOf<TContracts[number]>>) => string | undefined;
  /**
   * One pure function for each event type. It gets the document, or `undefined` when there is none, and returns the new
   * one; `null` removes it, `undefined` leaves things as they are.
   */
  readonly on: {
    readonly [TType in MessageOf<TContracts[number]>["type"]]: (
      document: DocumentOf<TColumns> | undefined,
      event: Recorded<Extract<MessageOf<TContracts[number]>, { readonly type: TType }>>,
    ) => DocumentOf<TColumns> | null | undefined;
  };
}

/**
 * Defines a projection.
 *
 * @param name - Names the read model: `[a-z_][a-z0-9_]*`, at most 63 characters.
 * @throws {TypeError} When a name, a column or a function is missing or unusable.
 * @throws {RangeError} When the version is not an integer ≥ 1.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { projection } from "@counterpoint/read-model";
 *
 * const Deposited = event("Deposited", { payload: type<{ account: string; amount: number }>() });
 * const balances = projection("balances", {
 *   version: 1,
 *   events: [Deposited],
 *   columns: { account: "text", balance: "integer" },
 *   key: ({ payload }) => payload.account,
 *   on: {
 *     Deposited: (row, { payload }) => ({
 *       account: payload.account,
 *       balance: (row?.balance ?? 0) + payload.amount,
 *     }),
 *   },
 * });
 * balances.as("balances_sync").name; // => "balances_sync"
 * ```
 */
export function projection<
  const TContracts extends readonly AnyEventContract[],
  const TColumns extends Columns,
>(
  name: string,
  definition: ProjectionDefinition<TContracts, TColumns>,
): Projection<DocumentOf<TColumns>> {
  type TDocument = DocumentOf<TColumns>;
  type Apply = Projection<TDocument>["apply"];
  const { version, columns, key, events } = definition;
  assertColumns(columns);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RangeError(`Expected the version of ${name} to be an integer ≥ 1, got ${version}.`);
  }
  if (typeof key !== "function") throw new TypeError(`Expected key of ${name} to be a function.`);
  const given = new Map<string, unknown>(Object.entries(definition.on));
  const handlers = new Map<string, Apply>();
  for (const { type } of events) {
    const handler = given.get(type);
    if (typeof handler !== "function") {
      throw new TypeError(`Expected ${name} to have a function on.${type}.`);
    }
    handlers.set(type, handler as Apply); // keyed by the event's own type, as the definition demands
  }
  const keyOf = key as (event: RecordedEvent) => string | undefined; // asked only for events that `events` lists

  return named(name);

  function named(name: string): Projection<TDocument> {
    assertName("read model", name);
    return {
      name,
      version,
      columns,
      keyOf: (event) => (handlers.has(event.type) ? keyOf(event) : undefined),
      apply: (document, event) => handlers.get(event.type)?.(document, event),
      as: named,
    };
  }
}
