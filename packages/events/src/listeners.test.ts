import { expect, it } from "vitest";
import { Listeners } from "./listeners.ts";

const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

it("calls the others when one throws, and reports that one", async () => {
  const reported: unknown[] = [];
  const listeners = new Listeners((error) => reported.push(error));
  const called: string[] = [];
  const failure = new Error("mine");
  for (const name of ["first", "throwing", "last"]) {
    listeners.add(() => {
      called.push(name);
      if (name === "throwing") throw failure;
    });
  }
  listeners.call();
  listeners.callSoon();
  expect(called).toEqual(["first", "throwing", "last"]);
  await turn();
  expect(called).toEqual(["first", "throwing", "last", "first", "throwing", "last"]);
  expect(reported).toEqual([failure, failure]);
});

it("counts and calls a listener as often as it was added and not disposed of", async () => {
  const listeners = new Listeners();
  let calls = 0;
  const listener = (): void => void calls++;
  const one = listeners.add(listener);
  const two = listeners.add(listener);
  listeners.call();
  expect([calls, listeners.size]).toEqual([2, 2]);
  listeners.callSoon();
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await turn();
  expect([calls, listeners.size]).toEqual([3, 1]);
  two[Symbol.dispose]();
  listeners.call();
  expect([calls, listeners.size]).toEqual([3, 0]);
});
