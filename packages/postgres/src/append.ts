import type { AppendResult, PreparedAppend } from "@counterpoint/events";
import { ConcurrencyError, EventStoreError } from "@counterpoint/events";
import type { Draft, Drafts } from "./append-draft.ts";
import type { Alongside, AppendShape } from "./append-statement.ts";
import { AppendStatements } from "./append-statement.ts";
import type { Driver, Row, Session } from "./database.ts";
import type { Param } from "./param.ts";
import type { InlineProjections, Locks, TouchedDocument } from "./inline-projections.ts";
import { KeysMoved, locksOf } from "./inline-projections.ts";
import { codeOf, isOtherShape, isRetriable } from "./postgres-errors.ts";

export interface AppenderOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly drafts: Drafts;
  readonly serialized: boolean;
  readonly inline: InlineProjections;
}

/** Writes events, with what belongs to them, in one transaction. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #statements: AppendStatements;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#statements = new AppendStatements(options.schema);
  }

  /** @param alongside - At most one; it comes back as it was when the append is tried again. */
  async append(
    appends: readonly PreparedAppend[],
    alongside: readonly Alongside[] = [],
  ): Promise<AppendResult> {
    const { driver, inline, drafts } = this.#options;
    const draft = drafts.make(appends);
    if (inline.isEmpty) {
      const write = (session: Session) => this.#write(session, draft, [], alongside);
      return this.#insist(appends, async (attempt) =>
        // By itself the statement has the connection's isolation; where that is repeatable read, writers of one stream
        // do not wait for each other, but fail. In a transaction of ours they wait.
        resultOf(draft, await (attempt === 1 ? write(driver) : driver.transaction(write))),
      );
    }
    return this.#insist(appends, async (attempt, locksAll) => {
      await inline.ready();
      const ahead = attempt === 1 ? await inline.foldAhead(draft.events, appends) : undefined;
      if (ahead) {
        const both = [...alongside, ...ahead.alongside];
        const { documents } = ahead;
        const row = await ahead.follow(() => this.#write(driver, draft, documents, both));
        return resultOf(draft, row);
      }
      const locks = locksAll ? inline.allLocks : inline.locksFor(draft.events);
      return driver.transaction(async (tx: Session) => {
        const result = resultOf(draft, await this.#call(tx, draft, locks, alongside));
        await inline.apply(tx, result.events, locks);
        return result;
      });
    });
  }

  /** @param documents - What the append changes besides; each is locked. */
  async #write(
    session: Session,
    draft: Draft,
    documents: readonly TouchedDocument[],
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const { inline } = this.#options;
    const single = this.#single(draft);
    if (single && documents.length <= MOST_EXPRESS_DOCUMENTS) {
      const params = [
        ...single,
        ...(inline.isEmpty ? [] : [inline.ids]),
        ...documents.flatMap(({ name, key }) => [name, key]),
      ];
      const expected = draft.appends[0]!.expectedVersion; // a single one
      const shape = { expected, inlines: !inline.isEmpty, locks: documents.length };
      const row = await this.#run(session, { form: "express", ...shape }, params, alongside);
      if (row) return row;
    }
    return this.#call(session, draft, locksOf(documents), alongside);
  }

  /** Appends by a function of the database, which says why when it refuses. */
  #call(
    session: Session,
    draft: Draft,
    locks: Locks,
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const { inline, serialized } = this.#options;
    const single = inline.isEmpty ? this.#single(draft) : undefined;
    if (single) return this.#run(session, ONE, single, alongside);
    const { appends, expected, types, payloads, metadatas, at } = draft;
    const { names, keys, shares } = locks;
    const params = [
      appends.map(({ stream }) => stream),
      expected,
      appends.map(({ events }) => String(events.length)),
      ...[types, payloads, metadatas, at, inline.ids],
      ...[names, keys, shares, serialized ? "t" : "f"],
    ];
    return this.#run(session, MANY, params, alongside);
  }

  /** The parameters of the short forms, when they fit: one event, so one of each. */
  #single({ events, appends, ...draft }: Draft): readonly Param[] | undefined {
    if (events.length > 1 || this.#options.serialized) return undefined;
    const { expected, types, payloads, metadatas, at } = draft;
    return [appends[0]!.stream, expected[0]!, types[0]!, payloads[0]!, metadatas[0]!, at];
  }

  async #run(
    session: Session,
    shape: AppendShape,
    params: readonly Param[],
    alongside: readonly Alongside[],
  ): Promise<Row | undefined> {
    const made = this.#statements.of(shape, params.length, alongside);
    const all = [...params, ...alongside.flatMap((each) => each.params)];
    return (await session.run(made, all))[0];
  }

  /** What was rolled back for no fault of the writer is written again: nothing of it had happened. */
  async #insist<T>(
    appends: readonly PreparedAppend[],
    write: (attempt: number, locksAll: boolean) => Promise<T>,
  ): Promise<T> {
    let locksAll = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(attempt, locksAll);
      } catch (error) {
        if (isOtherShape(error) && (await this.#options.inline.isOutdated()))
          throw leftBehind(error);
        const isNotBuilt = codeOf(error) === "CP425";
        if (isNotBuilt) this.#options.inline.doubt();
        if (error instanceof KeysMoved) locksAll = true;
        const isStale = codeOf(error) === "CP449" || error instanceof KeysMoved;
        const isWorthIt = isNotBuilt || isStale || isRetriable(error);
        if (!isWorthIt || attempt === MOST_ATTEMPTS) throw refusal(error, appends);
      }
    }
  }
}

const MOST_ATTEMPTS = 5;
const MOST_EXPRESS_DOCUMENTS = 8;
const ONE: AppendShape = { form: "one", expected: "any", inlines: false, locks: 0 };
const MANY: AppendShape = { ...ONE, form: "many" };

function resultOf(draft: Draft, row: Row | undefined): AppendResult {
  return draft.result(readIntegers(row?.[0]), readIntegers(row?.[1]));
}

/** Reads `{1,2}`, or `1` alone. */
export function readIntegers(text: string | null | undefined): readonly number[] {
  if (text == null) return [];
  return text.startsWith("{") ? text.slice(1, -1).split(",").map(Number) : [Number(text)];
}

function refusal(error: unknown, appends: readonly PreparedAppend[]): unknown {
  switch (codeOf(error)) {
    case "CP409": {
      const { detail } = error as { readonly detail: string }; // `advance` raises it with one
      const { stream, actual } = JSON.parse(detail) as { stream: string; actual: number };
      const expected = appends.find((append) => append.stream === stream)?.expectedVersion ?? "any";
      return new ConcurrencyError(stream, expected, actual);
    }
    case "CP412":
      return leftBehind(error);
    default:
      return error;
  }
}

function leftBehind(cause: unknown): EventStoreError {
  return new EventStoreError(
    "UNAVAILABLE",
    "The database keeps inline projections that this process does not apply, or not in this version: its appends would" +
      " leave them behind. Give all writers the same inline projections; to give one up for good, delete its row from" +
      " the table projections.",
    { cause, details: { outcome: "none" } },
  );
}
