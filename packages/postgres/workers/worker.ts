// One worker process, to be killed, frozen and thawed: follows the log for the witness until it is told to stop.
import { createProjector } from "@counterpoint/read-model";
import { Pool } from "pg";
import { createPostgresStore } from "../src/index.ts";
import { witness } from "../torture/witness.ts";

/** What a worker process is told. */
export interface WorkerOrder {
  readonly connectionString: string;
  readonly schema: string;
  readonly owner: string;
  readonly partitions: number;
  readonly leaseMs: number;
}

process.once("message", (order: WorkerOrder) => {
  void work(order);
});
process.once("disconnect", () => process.exit()); // the one who asked is gone

async function work({
  connectionString,
  schema,
  owner,
  partitions,
  leaseMs,
}: WorkerOrder): Promise<void> {
  const pool = new Pool({ connectionString, max: 6, application_name: "worker" });
  const projector = createProjector(createPostgresStore(pool, { schema, listen: true }), {
    projections: [{ projection: witness, partitions }],
    ...{ owner, leaseMs, batchSize: 100 },
  });
  await projector.start();
  process.send?.("started");
  process.once("message", () => {
    void projector
      .stop()
      .then(() => pool.end())
      .then(() => process.disconnect());
  });
}
