import type { AppendResult, PreparedAppend } from "@counterpoint/events";
import { ConcurrencyError } from "@counterpoint/events";
import type { Draft, Drafts } from "./append-draft.ts";
import type { Appender } from "./append.ts";
import { readIntegers } from "./append.ts";
import type { Driver, Statement } from "./database.ts";
import { statement } from "./database.ts";
import type { Param } from "./param.ts";
import { isOutage } from "./postgres-errors.ts";

export interface CoalescedAppendsOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly drafts: Drafts;
  readonly serialized: boolean;
  /** Takes what cannot be written together. */
  readonly appender: Appender;
}

interface Waiting {
  readonly append: PreparedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes appends that come while others are on their way together: one round trip and one commit for all of them, and an
 * outcome for each. The first to come waits for nobody.
 */
export class CoalescedAppends {
  readonly #options: CoalescedAppendsOptions;
  readonly #write: Statement;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(options: CoalescedAppendsOptions) {
    this.#options = options;
    this.#write = statement(
      `select befores::text, positions::text from ${options.schema}.append_each(` +
        "$1::text[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[], $7::text[]," +
        " $8::integer[], $9::integer[], $10::boolean)",
    );
  }

  append(append: PreparedAppend): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  /** Never rejects: every append has its outcome. */
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, countOf(this.#waiting));
      if (together.length === 1) await this.#alone(together);
      else await this.#together(together);
    }
    this.#isWriting = false;
  }

  async #together(waiting: readonly Waiting[]): Promise<void> {
    const { driver, drafts, serialized } = this.#options;
    try {
      const made = waiting.map(({ append }) => drafts.make([append]));
      const params = paramsOf(made, serialized);
      const [row] = await driver.run(this.#write, params);
      settle(waiting, made, readIntegers(row?.[0]), readIntegers(row?.[1]));
    } catch (error) {
      if (isOutage(error)) {
        for (const { reject } of waiting) reject(error); // nobody knows whether they were written
      } else await this.#alone(waiting); // so that one that cannot be written fails alone
    }
  }

  async #alone(waiting: readonly Waiting[]): Promise<void> {
    const { appender } = this.#options;
    await Promise.all(
      waiting.map(({ append, resolve, reject }) => appender.append([append]).then(resolve, reject)),
    );
  }
}

const MOST_APPENDS = 256;
const MOST_EVENTS = 2_000;

/** How many of them go together. */
function countOf(waiting: readonly Waiting[]): number {
  let events = 0;
  const end = waiting.findIndex(({ append }, index) => {
    events += append.events.length;
    return index === MOST_APPENDS || (index > 0 && events > MOST_EVENTS);
  });
  return end === -1 ? waiting.length : end;
}

function paramsOf(drafts: readonly Draft[], serialized: boolean): readonly Param[] {
  return [
    drafts.map(({ appends }) => appends[0]!.stream), // each has one
    drafts.flatMap(({ expected }) => expected),
    drafts.map(({ events }) => String(events.length)),
    drafts.map(({ at }) => at),
    drafts.flatMap(({ types }) => types),
    drafts.flatMap(({ payloads }) => payloads),
    drafts.flatMap(({ metadatas }) => metadatas),
    drafts.flatMap(({ events }, index) => events.map(() => String(index + 1))),
    drafts.flatMap(({ events }) => events.map((_, index) => String(index + 1))),
    serialized ? "t" : "f",
  ];
}

function settle(
  waiting: readonly Waiting[],
  drafts: readonly Draft[],
  befores: readonly number[],
  positions: readonly number[],
): void {
  let first = 0;
  for (const [index, { append, resolve, reject }] of waiting.entries()) {
    const { events, result } = drafts[index]!; // one for each
    const before = befores[index]!; // the function answers for each
    const own = positions.slice(first, first + events.length);
    first += events.length;
    if (before >= 0) resolve(result([before], own));
    else reject(new ConcurrencyError(append.stream, append.expectedVersion, -1 - before));
  }
}
