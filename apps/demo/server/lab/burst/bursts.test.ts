import { manualTime } from "@counterpoint/testing";
import { expect, it } from "vitest";
import type { BurstTarget } from "./bursts.ts";
import { Bursts } from "./bursts.ts";

const SMALL = { commands: 10, inline: 0 };

function setUp() {
  const time = manualTime();
  const bursts = new Bursts({ scheduler: time, nowMs: () => time.now(), changed: () => {} });
  return { time, bursts };
}

/** Answers at once and applies at once, but for what is given. */
function targetOf(given: Partial<BurstTarget> = {}): BurstTarget {
  return {
    dispatch: async () => ({ token: "token" }),
    applied: async () => {},
    close: async () => {},
    ...given,
  };
}

it("goes from running to done, and keeps the result", async () => {
  const { time, bursts } = setUp();
  await bursts.start(SMALL, async () => targetOf());
  expect(bursts.status).toMatchObject({ state: "running", accepted: 0 });
  await time.advance(1_000);
  expect(bursts.status).toMatchObject({
    ...{ state: "done", wanted: 10, accepted: 10, refused: 0, error: null },
    ...{ latency: { count: 10 }, lag: { count: 10 } },
  });
  expect(bursts.results).toEqual([bursts.status]);
});

it("says that it is cancelled when another may begin, and not before", async () => {
  const { time, bursts } = setUp();
  const late = later<{ token: string }>();
  let sent = 0;
  const target = targetOf({
    dispatch: () => (sent++ === 0 ? Promise.resolve({ token: "first" }) : late.promise),
    applied: (_token, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new Error("Gone"))),
      ),
  });
  await bursts.start(SMALL, async () => target);
  await time.advance(200);
  bursts.cancel();
  await time.advance(200);
  expect(bursts.status?.state).toBe("running");
  await expect(bursts.start(SMALL, async () => targetOf())).rejects.toMatchObject({
    code: "BURST_UNDER_WAY",
  });
  late.resolve({ token: "late" });
  await bursts.stop();
  expect(bursts.status?.state).toBe("cancelled");
  expect(bursts.results).toEqual([]);
  await bursts.start(SMALL, async () => targetOf());
  await time.advance(1_000);
  expect(bursts.status?.state).toBe("done");
});

it("fails with the reason of whatever has failed, and may be tried again", async () => {
  const { time, bursts } = setUp();
  const stopped = () => Promise.reject(new Error("The projection has stopped"));
  await bursts.start(SMALL, async () => targetOf({ applied: stopped }));
  await time.advance(1_000);
  expect(bursts.status).toMatchObject({ state: "failed", error: "The projection has stopped" });
  const refused = bursts.start(SMALL, () => Promise.reject(new Error("No room")));
  await expect(refused).rejects.toThrow("No room");
  await bursts.start(SMALL, async () => targetOf());
  await time.drive(bursts.stop());
});

it("waits, when it is stopped, for the store that is being opened, and closes it", async () => {
  const { bursts, time } = setUp();
  const opening = later<BurstTarget>();
  let isClosed = false;
  const started = bursts.start(SMALL, () => opening.promise);
  let isStopped = false;
  const stopped = bursts.stop().then(() => (isStopped = true));
  await time.advance(100);
  expect(isStopped).toBe(false);
  opening.resolve(targetOf({ close: async () => void (isClosed = true) }));
  await started;
  await time.advance(100);
  await stopped;
  expect(isClosed).toBe(true);
  expect(bursts.status).toMatchObject({ state: "cancelled", accepted: 0 });
});

function later<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolved) => (resolve = resolved));
  return { promise, resolve: (value: T) => resolve(value) };
}
