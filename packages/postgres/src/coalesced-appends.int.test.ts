import { isConcurrencyError } from "@counterpoint/events";
import { eventStoreContract } from "@counterpoint/testing";
import { afterAll, describe, expect, it, test } from "vitest";
import { openForContracts, openServer, openStore } from "../test/engines.ts";
import { added } from "../test/sample.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());
const coalesce = { coalesce: true } as const;

describe("event store with coalesced appends, on a real server", () => {
  const cases = eventStoreContract((options) =>
    openForContracts(engine, { ...options, ...coalesce }),
  );
  it.each(cases)("$name", ({ run: assertKept }) => assertKept());
});

describe("coalesced appends", () => {
  test("go together, and have an outcome each", async () => {
    await using opened = await openStore(engine, coalesce);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) =>
        opened.store.append({
          stream: `s-${n % 50}`,
          events: added(`k-${n}`, n),
          expectedVersion: "none",
        }),
      ),
    );
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    expect(refused).toHaveLength(150);
    for (const error of refused) {
      expect(isConcurrencyError(error) && error.details).toMatchObject({ actual: 1 });
    }
    const written = outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" ? outcome.value.events : [],
    );
    const { events } = await opened.store.readLog({ after: 0, limit: 100 });
    expect(written.toSorted((a, b) => a.position - b.position)).toEqual(events);
    expect(await transactionsOf(opened.schema)).toBeLessThan(10);
  });

  test("to one stream keep the order in which they came, several events each", async () => {
    await using opened = await openStore(engine, coalesce);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        opened.store.append({
          stream: n % 3 === 0 ? "other" : "one",
          events: [...added(`k-${n}`, n), ...added(`k-${n}`, -n)],
        }),
      ),
    );
    const one = await opened.store.readStream("one");
    const came = results.flatMap(({ events }) => events).filter(({ stream }) => stream === "one");
    expect(one).toEqual(came);
    expect(one.map(({ version }) => version)).toEqual(one.map((_, index) => index + 1));
  });

  test("do not suffer from one among them that cannot be written", async () => {
    await using opened = await openStore(engine, coalesce);
    await engine.query(
      `create function ${opened.schema}.refuse() returns trigger language plpgsql as
       $$ begin if new.stream = 'refused' then raise exception 'no'; end if; return new; end $$;
       create trigger refuse before insert on ${opened.schema}.events
         for each row execute function ${opened.schema}.refuse()`,
    );
    const outcomes = await Promise.allSettled(
      ["a", "b", "refused", "c"].map((stream) =>
        opened.store.append({ stream, events: added(stream, 1) }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
    ]);
    const { events } = await opened.store.readLog({ after: 0, limit: 10 });
    expect(events.map(({ stream }) => stream).toSorted()).toEqual(["a", "b", "c"]);
  });

  test("are not repeated when nobody knows whether they were written", async () => {
    await using opened = await openStore(engine, coalesce);
    await engine.query(
      `create function ${opened.schema}.die() returns trigger language plpgsql as
       $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return new; end $$;
       create trigger die before insert on ${opened.schema}.events
         for each row when (new.stream = 'deadly') execute function ${opened.schema}.die()`,
    );
    const outcomes = await Promise.allSettled(
      ["first", "a", "deadly", "b"].map((stream) =>
        opened.store.append({ stream, events: added(stream, 1) }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...["fulfilled", "rejected", "rejected", "rejected"],
    ]);
    for (const outcome of outcomes.slice(1)) {
      expect(outcome).toMatchObject({ reason: { details: { outcome: "unknown" } } });
    }
    const { events } = await opened.store.readLog({ after: 0, limit: 10 });
    expect(events.map(({ stream }) => stream)).toEqual(["first"]);
  });
});

/** In how many transactions the events were written. */
async function transactionsOf(schema: string): Promise<number> {
  const [row] = await engine.query(
    `select count(distinct xmin::text)::integer as transactions from ${schema}.events`,
  );
  return Number(row?.["transactions"]);
}
