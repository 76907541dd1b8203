import { describe, expect, it } from "vitest";
import { manualTime } from "./manual-time.ts";
import { nextTurn } from "./node.ts";

describe("manual time", () => {
  it("stands still until it is moved", async () => {
    const time = manualTime(1_000);
    await time.settle();
    expect(time.now()).toBe(1_000);
    await time.advance(250);
    expect(time.now()).toBe(1_250);
  });

  it("runs what is due, in the order of its times, each at its own time", async () => {
    const time = manualTime(0);
    const ran: [string, number][] = [];
    for (const [name, ms] of [
      ["late", 30],
      ["early", 10],
      ["tie", 10],
      ["never", 31],
    ] as const) {
      time.after(ms, () => ran.push([name, time.now()]));
    }
    await time.advance(9);
    expect(ran).toEqual([]);
    await time.advance(21);
    expect(ran).toEqual([
      ["early", 10],
      ["tie", 10],
      ["late", 30],
    ]);
    expect(time.pending).toBe(1);
  });

  it("runs what its tasks schedule, when that is due as well", async () => {
    const time = manualTime(0);
    const ran: number[] = [];
    const tick = (): void => {
      ran.push(time.now());
      time.after(10, tick);
    };
    time.after(10, tick);
    await time.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  it("lets promises settle before the next task", async () => {
    const time = manualTime(0);
    const seen: string[] = [];
    time.after(1, () => {
      void (async () => {
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
        seen.push("settled");
      })();
    });
    time.after(2, () => seen.push("next"));
    await time.advance(2);
    expect(seen).toEqual(["settled", "next"]);
  });

  it("runs no task that was disposed of", async () => {
    const time = manualTime(0);
    let runs = 0;
    const task = time.after(5, () => runs++);
    task[Symbol.dispose]();
    task[Symbol.dispose]();
    await time.advance(10);
    expect([runs, time.pending]).toEqual([0, 0]);
  });

  it("refuses to go back", async () => {
    const time = manualTime();
    await expect(time.advance(-1)).rejects.toThrow(RangeError);
    await expect(time.advance(Number.NaN)).rejects.toThrow(RangeError);
  });

  it("moves on until a promise settles", async () => {
    const time = manualTime(0);
    const slept = new Promise<string>((resolve) => {
      time.after(100, () => resolve("rested"));
    });
    expect(await time.drive(slept)).toBe("rested");
    expect(time.now()).toBeGreaterThanOrEqual(100);
    await expect(time.drive(Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("moves on until a condition holds, and no further", async () => {
    const time = manualTime(0);
    await time.until(() => time.now() >= 50);
    expect(time.now()).toBe(50);
    await time.until(() => true);
    expect(time.now()).toBe(50);
  });

  it("stands still while something is under way outside, and says there how much has passed", async () => {
    const seen: string[] = [];
    let answer: (() => void) | undefined;
    const time = manualTime(0, {
      get isBusy() {
        return answer !== undefined;
      },
      quiet: () => (answer ? nextTurn().then(() => answer?.()) : Promise.resolve()),
      passed: async (ms) => void seen.push(`${ms} ms`),
    });
    time.after(5, () => {
      seen.push("asked");
      answer = () => {
        seen.push(`answered at ${time.now()}`);
        answer = undefined;
      };
    });
    time.after(6, () => seen.push("late"));
    await time.advance(10);
    expect(seen).toEqual(["5 ms", "asked", "answered at 5", "1 ms", "late", "4 ms"]);
  });

  it("moves from task to task where it keeps in step with something outside", async () => {
    const passed: number[] = [];
    const time = manualTime(0, {
      isBusy: false,
      quiet: () => Promise.resolve(),
      passed: async (ms) => void passed.push(ms),
    });
    let isDone = false;
    time.after(1_000, () => time.after(500, () => void (isDone = true)));
    await time.until(() => isDone);
    expect(passed).toEqual([1_000, 500]);
  });

  it("lets everybody who moves it take turns", async () => {
    const time = manualTime(0);
    const ran: number[] = [];
    for (const ms of [5, 10, 15]) time.after(ms, () => ran.push(time.now()));
    await Promise.all([time.advance(7), time.advance(7), time.advance(1)]);
    expect(ran).toEqual([5, 10, 15]);
    expect(time.now()).toBe(15);
  });
});
