import type { Projection } from "@counterpoint/read-model";
import { equal, ok } from "../node.ts";
import { accounts } from "../sample-domain.ts";
import type { ReadSideStore } from "./store-bench.ts";
import { LEASE_MS, workers } from "./worker-bench.ts";
import type { CaseSetup } from "../contract-case.ts";

const NAMES = "abcdefghijkl".split("");

/** Who follows which keys. */
export const PARTITIONS: Readonly<Record<string, CaseSetup<ReadSideStore>>> = {
  "takes nothing over while it is paused": workers(
    async ({ projector, deposit, reach, until, time, folded }) => {
      const [one, two, three] = [await projector(), await projector(), await projector()];
      await one.start();
      await two.start();
      await until(two, "standby");
      two.pause();
      one.kill();
      await time.advance(LEASE_MS * 3);
      const token = await deposit("a");
      await three.start();
      await reach(three, token);
      await two.resume();
      await until(two, "standby");
      await reach(two, token);
      await folded();
    },
  ),

  "keeps its partitions while it is paused": workers(
    async ({ projector, deposit, reach, until, time, store }) => {
      const [one, two] = [await projector(), await projector()];
      await one.start();
      await two.start();
      await until(two, "standby");
      one.pause();
      const token = await deposit("a");
      await time.advance(LEASE_MS * 3);
      equal((await until(two, "standby")).position, 0);
      equal(await store.readModel(accounts).get("a"), undefined);
      await one.resume();
      await reach(one, token);
    },
  ),

  "shares the partitions among workers, and keeps the order of each key": workers(
    async ({ projector, deposit, reach, folded, store }) => {
      const setup = { projections: [{ projection: accounts as Projection, partitions: 4 }] };
      const [one, two] = [await projector(setup), await projector(setup)];
      await Promise.all([one.start(), two.start()]);
      for (let round = 0; round < 3; round++) {
        const token = await deposit(...NAMES, ...NAMES);
        await reach(one, token);
        await reach(two, token);
      }
      const owners = (await store.loadProgress(accounts)).map(({ owner }) => owner);
      equal(owners.length, 4);
      ok(
        owners.every((owner) => owner !== undefined),
        "each has an owner",
      );
      await folded();
    },
  ),

  "keeps the order of each key while workers come and go": workers(
    async ({ projector, deposit, reach, folded }) => {
      const setup = {
        projections: [{ projection: accounts as Projection, partitions: 3 }],
        batchSize: 2,
      };
      const first = await projector(setup);
      await first.start();
      await deposit(...NAMES);
      const second = await projector(setup);
      await second.start();
      await deposit(...NAMES);
      first.kill();
      const third = await projector(setup);
      await third.start();
      await deposit(...NAMES);
      await second.stop();
      await reach(third, await deposit(...NAMES));
      await folded();
    },
  ),

  "follows a division of the keys that another worker has made": workers(
    async ({ projector, deposit, reach, folded, store }) => {
      const divided = (partitions: number) => ({
        projections: [{ projection: accounts as Projection, partitions }],
        batchSize: 3,
      });
      const one = await projector(divided(1));
      await one.start();
      await reach(one, await deposit(...NAMES));
      for (const partitions of [4, 2, 3]) {
        const two = await projector(divided(partitions));
        await two.start();
        const token = await deposit(...NAMES, ...NAMES);
        await reach(one, token);
        await folded();
        equal((await store.loadProgress(accounts)).length, partitions);
        two.kill();
        await reach(one, await deposit(...NAMES));
        await folded();
      }
      equal((await one.status()).projections[0]?.partitions.length, 3);
    },
  ),

  "measures each event once, however many partitions there are": workers(
    async ({ projector, deposit, reach, time }) => {
      let events = 0;
      const one = await projector({
        projections: [{ projection: accounts as Projection, partitions: 4 }],
        batchSize: 5,
        onBatch: (batch) => void (events += batch.events),
      });
      await one.start();
      await time.advance(1_000);
      await reach(one, await deposit(...NAMES, ...NAMES));
      equal(events, NAMES.length * 2);
      const [status] = (await one.status()).projections;
      ok(status!.eventsPerSecond > 0 && status!.eventsPerSecond <= NAMES.length * 2);
      await time.advance(20_000);
      equal((await one.status()).projections[0]?.eventsPerSecond, 0);
    },
  ),
};
