import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LabStatus } from "../../server/lab/status.ts";
import type { LabClient } from "./lab-client.ts";
import { isCaughtUp, openLab } from "./lab-client.ts";

describe.each(["memory", "pglite"] as const)("on %s", { timeout: 120_000 }, (store) => {
  let lab: LabClient;
  beforeAll(async () => {
    lab = await openLab(store);
    await lab.create("Ada");
    await lab.until(isCaughtUp);
    await set("POST", "/lab/reset");
  }, 120_000);
  afterEach(async () => {
    await set("POST", "/lab/reset");
    await lab.until((status) => isCaughtUp(status) && status.dead_letters === 0);
    expect(await lab.names("eventual")).toEqual(await lab.names("sync"));
  });
  afterAll(() => lab.demo.stop());

  const set = async (method: string, path: string, body?: unknown) => {
    const response = await lab.send(method, path, body);
    expect(await response.text()).toBe("");
    expect(response.status).toBe(204);
  };

  it.each([
    ["before", "keeps nothing of the batch, so that the next worker applies it"],
    ["after", "keeps all of the batch, so that the next worker applies nothing of it again"],
  ] as const)("a worker that crashes %s its transaction %s", async (crash, _what) => {
    await set("PUT", "/lab/crash", { crash });
    await lab.create("Grace");
    const { last_death, workers, counts, head, faults } = await lab.until(
      ({ last_death, ...status }) =>
        isCaughtUp(status as LabStatus) && last_death?.successor != null,
    );
    const batch = { from: head - 1, to: head, events: 1 };
    const kept = crash === "before" ? head - 1 : head;
    expect(last_death).toMatchObject({
      ...{ how: `crashed ${crash}`, batch, checkpoint: kept },
      successor: { worker: workers[0]?.name, from: kept },
      applied_by_successor: head - kept,
    });
    expect(last_death?.worker).not.toBe(workers[0]?.name);
    expect(workers).toEqual([{ name: workers[0]?.name, leads: true }]);
    expect(counts).toMatchObject({ events_applied: 1, events_applied_twice: 0 });
    expect(faults.crash).toBe("never");
  });

  it("a reader who waits at a worker that crashes waits on at the next one", async () => {
    await set("PUT", "/lab/crash", { crash: "before" });
    const created = await lab.send("POST", "/users", { name: "Edsger", email: "e@example.org" });
    const token = created.headers.get("consistency-token") ?? "";
    const { id } = (await created.json()) as { id: string };
    const base = lab.demo.url.replace("localhost", "127.0.0.1");
    const read = await fetch(`${base}/users/${id}?consistency=eventual`, {
      headers: { "Consistency-Token": token, Prefer: "wait=30" },
    });
    expect(read.status).toBe(200);
    expect((await lab.status()).last_death).toMatchObject({ how: "crashed before" });
  });

  it("the store refuses every batch that is delivered a second time", async () => {
    await set("PUT", "/lab/duplicates", { duplicates: true });
    for (const name of ["Barbara", "Tony", "Frances"]) await lab.create(name);
    const { counts } = await lab.until(isCaughtUp);
    expect(counts).toMatchObject({ events_applied: 3, events_applied_twice: 0 });
    expect(counts.batches_delivered_twice).toBeGreaterThan(0);
    expect(counts.second_deliveries_refused).toBe(counts.batches_delivered_twice);
  });

  it.each(["late", "dropped"] as const)(
    "nothing is lost when wake-ups are %s",
    async (wake_ups) => {
      await set("PUT", "/lab/wake-ups", { wake_ups });
      await lab.create("Niklaus");
      const { counts } = await lab.until(
        (status) => isCaughtUp(status) && status.counts[`wake_ups_${wake_ups}`] > 0,
      );
      expect(counts).toMatchObject({ events_applied: 1, events_applied_twice: 0 });
    },
  );

  it("a poison event stops the eventual model until the bug is repaired", async () => {
    await set("PUT", "/lab/bug", { bug: true });
    const { head } = await lab.status();
    await lab.create("Jennifer Null");
    await lab.create("Waits Behind");
    const stopped = await lab.until(({ models }) => models[1]?.state === "stopped");
    expect(stopped.models[1]).toMatchObject({ position: head });
    expect(stopped.models[1]?.error).toContain("the name is null");
    expect(await lab.names("sync")).toContain("Jennifer Null");
    await set("POST", "/lab/resume");
    await lab.until(({ models }) => models[1]?.state === "stopped"); // the bug is still there
    await set("PUT", "/lab/bug", { bug: false });
    await set("POST", "/lab/resume");
    await lab.until(isCaughtUp);
    expect(await lab.names("eventual")).toContain("Jennifer Null");
  });

  it("a parked event holds up its own user alone, and is applied in order when it is retried", async () => {
    await set("PUT", "/lab/poison-policy", { policy: "park" });
    await set("PUT", "/lab/bug", { bug: true });
    const { id } = await lab.create("Henry Null");
    await lab.send("PATCH", `/users/${id}`, { name: "Henry Smith" });
    await lab.create("Passes By");
    await lab.until((status) => isCaughtUp(status) && status.dead_letters === 2);
    const { letters } = await lab.letters();
    expect(letters.map(({ reason, key }) => [reason, key])).toEqual([
      ["parked", id],
      ["behind", id],
    ]);
    expect(await lab.names("eventual")).toContain("Passes By");
    const [first, second] = letters.map(({ position }) => ({ position }));
    const outOfOrder = await lab.send("POST", "/lab/dead-letters/retry", second);
    expect([outOfOrder.status, ((await outOfOrder.json()) as { code: string }).code]).toEqual([
      409,
      "OUT_OF_ORDER",
    ]);
    const again = await lab.send("POST", "/lab/dead-letters/retry", first);
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([
      409,
      "STILL_FAILS",
    ]);
    await set("PUT", "/lab/bug", { bug: false });
    const all = await lab.send("POST", "/lab/dead-letters/retry-all");
    expect(await all.json()).toEqual({ applied: 2, left: 0 });
    expect(await lab.names("eventual")).toContain("Henry Smith");
    expect((await lab.letters()).acts.map(({ act }) => act).slice(-3)).toEqual([
      ...["retry failed", "retried", "retried"],
    ]);
    expect((await lab.letters()).acts.at(-1)).toMatchObject({ actor: "anonymous" });
  });

  it("a skipped event can be retried alone, or given up for a reason", async () => {
    await set("PUT", "/lab/poison-policy", { policy: "skip" });
    await set("PUT", "/lab/bug", { bug: true });
    const [jane] = [await lab.create("Jane Null"), await lab.create("John Null")];
    await lab.until((status) => isCaughtUp(status) && status.dead_letters === 2);
    await set("PUT", "/lab/bug", { bug: false });
    const [first, second] = (await lab.letters()).letters;
    await set("POST", "/lab/dead-letters/retry", { position: first?.position });
    expect(await lab.names("eventual")).toContain("Jane Null");
    const reason = "A test user, nobody misses him.";
    const discard = { position: second?.position, reason };
    await set("POST", "/lab/dead-letters/discard", discard);
    expect((await lab.letters()).acts.at(-1)).toMatchObject({ act: "discarded", reason });
    expect((await lab.send("POST", "/lab/dead-letters/discard", discard)).status).toBe(404);
    const rebuilt = await lab.send("POST", "/lab/rebuild", { mode: "beside" });
    expect(rebuilt.status).toBe(204); // brings back whom the model has lost
    await lab.until(({ last_rebuild }) => last_rebuild?.state === "done");
    expect(jane.name).toBe("Jane Null");
  });

  it("a worker that stands by takes over when the leader is killed", async () => {
    const alone = await lab.send("POST", "/lab/workers/kill-leader");
    expect([alone.status, ((await alone.json()) as { code: string }).code]).toEqual([
      409,
      "NO_SUCCESSOR",
    ]);
    await set("POST", "/lab/workers");
    const { workers: before } = await lab.status();
    expect(before.map(({ leads }) => leads)).toEqual([true, false]);
    await set("POST", "/lab/workers/kill-leader");
    await lab.create("Written Meanwhile");
    const { last_death, workers } = await lab.until(
      (status) => isCaughtUp(status) && status.last_death?.successor != null,
    );
    expect(workers).toEqual([{ name: before[1]?.name, leads: true }]);
    expect(last_death).toMatchObject({
      ...{ how: "killed", worker: before[0]?.name },
      successor: { worker: before[1]?.name },
    });
  });

  it("a fourth worker is refused", async () => {
    await set("POST", "/lab/workers");
    await set("POST", "/lab/workers");
    const refused = await lab.send("POST", "/lab/workers");
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      409,
      "TOO_MANY_WORKERS",
    ]);
  });

  it("readers see the old rows while a rebuild beside goes on, and none at first in place", async () => {
    const users = (await lab.names("eventual")).length;
    await set("POST", "/lab/rebuild", { mode: "beside" });
    expect((await lab.send("POST", "/lab/rebuild", { mode: "beside" })).status).toBe(409);
    const done = ({ last_rebuild }: LabStatus) => last_rebuild?.state === "done";
    const beside = (await lab.until(done)).last_rebuild;
    expect(beside).toMatchObject({ mode: "beside", users_before: users, fewest_users: users });
    expect(beside?.reads).toBeGreaterThan(0);
    expect(beside?.position).toBe(beside?.target);

    await set("POST", "/lab/rebuild", { mode: "in place" });
    const inPlace = (await lab.until(done)).last_rebuild;
    expect(inPlace).toMatchObject({ mode: "in place", users_before: users, fewest_users: 0 });
  });

  it("a rebuild beside survives the crash of its worker", async () => {
    await set("PUT", "/lab/crash", { crash: "after" });
    await set("POST", "/lab/rebuild", { mode: "beside" });
    const { last_rebuild, last_death } = await lab.until(
      (status) => status.last_rebuild?.state === "done",
    );
    expect(last_death?.how).toBe("crashed after");
    expect(last_rebuild?.fewest_users).toBe(last_rebuild?.users_before);
  });

  it.each([
    ["PUT", "/lab/crash", { crash: "sometimes" }],
    ["PUT", "/lab/duplicates", { duplicates: "yes" }],
    ["PUT", "/lab/wake-ups", {}],
    ["PUT", "/lab/poison-policy", { policy: "ignore" }],
    ["PUT", "/lab/bug", { bug: 1 }],
    ["POST", "/lab/rebuild", { mode: "sideways" }],
    ["POST", "/lab/dead-letters/retry", { position: 0 }],
    ["POST", "/lab/dead-letters/discard", { position: 1, reason: " " }],
    ["PUT", "/lab/crash", { crash: "never", more: 1 }],
  ])("refuses %s %s %j with 400", async (method, path, body) => {
    expect((await lab.send(method, path, body)).status).toBe(400);
  });
});
