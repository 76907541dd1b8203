import { event, type } from "@counterpoint/bus";
import { encodeToken } from "@counterpoint/events";
import { createProjector, projection } from "@counterpoint/read-model";
import { syntheticLog } from "@counterpoint/testing";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const Deposited = event("Deposited", { payload: type<{ account: string; amount: number }>() });

const balances = projection("balances", {
  version: 1,
  events: [Deposited],
  columns: { account: "text", balance: "integer" },
  key: ({ payload }) => payload.account,
  on: {
    Deposited: (row, { payload: { account, amount } }) => ({
      account,
      balance: (row?.balance ?? 0) + amount,
    }),
  },
});

const KEYS = 100;
const BATCH = 250;

describe("a replay", () => {
  // What it has in memory at once is what it has read and not applied; a heap that is measured would say it less exactly.
  it.each([
    { events: 10_000, partitions: 1 },
    { events: 100_000, partitions: 1 },
    { events: 100_000, partitions: 3 },
  ])(
    "of $events events in $partitions partitions has two batches for each in memory at a time: one at work, one read ahead",
    async ({ events, partitions }) => {
      const log = syntheticLog(events, (position) =>
        Deposited({ account: `a-${position % KEYS}`, amount: 1 }),
      );
      const documents = createMemoryStore();
      let [held, most, applied] = [0, 0, 0];
      const projector = createProjector(
        {
          ...documents,
          ...log,
          async readLog(options) {
            const slice = await log.readLog(options);
            held += slice.events.length;
            most = Math.max(most, held);
            return slice;
          },
          async applyBatch(batch) {
            await documents.applyBatch(batch);
            held -= batch.to - batch.from; // the synthetic log has no gaps
            applied += batch.events.length;
          },
        },
        { projections: [{ projection: balances, partitions }], batchSize: BATCH },
      );
      await projector.start();
      await projector.waitFor(encodeToken(events), { timeoutMs: 60_000 });
      await projector.stop();
      expect(applied).toBe(events);
      expect(most).toBeLessThanOrEqual(2 * BATCH * partitions);
      expect(log.longest).toBe(BATCH);
      const { documents: rows, total } = await documents.readModel(balances).find();
      expect(total).toBe(KEYS);
      expect(rows.map(({ balance }) => balance)).toEqual(rows.map(() => events / KEYS));
    },
    60_000,
  );
});
