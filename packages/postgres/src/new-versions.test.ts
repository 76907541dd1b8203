import { projection } from "@counterpoint/read-model";
import { afterAll, expect, test } from "vitest";
import { openPgliteEngine, openStore } from "../test/engines.ts";
import { Added, added, totals } from "../test/sample.ts";
import { createPostgresStore } from "./index.ts";

const engine = await openPgliteEngine();
afterAll(() => engine[Symbol.asyncDispose]());

const doubled = projection("totals", {
  version: 2,
  events: [Added],
  columns: { key: "text", total: "bigint" },
  key: ({ payload }) => payload.key,
  on: {
    Added: (row, { payload: { key, n } }) => ({
      key,
      total: (row?.total ?? 0n) + 2n * BigInt(n),
    }),
  },
});

test("takes the place of the old version of an inline projection in a PGlite, too", async () => {
  await using opened = await openStore(engine, { inline: [totals] });
  const { store: old, schema } = opened;
  for (let n = 0; n < 3; n++) {
    await old.append({ stream: "s", events: added("k", ...Array(200).fill(1)) });
  }
  const next = createPostgresStore(engine.db, { schema, inline: [doubled] });
  const appending = next.append({ stream: "s", events: added("k", 1) });
  expect((await next.readModel(doubled).get("k"))?.total).toBeGreaterThanOrEqual(1_200n);
  await appending;
  expect((await next.readModel(doubled).find()).documents).toEqual([{ key: "k", total: 1_202n }]);
  const late = old.append({ stream: "s", events: added("k", 1) });
  await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(old.readModel(totals).get("k")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await next.readStream("s")).toHaveLength(601);
});
