import { event, type } from "@counterpoint/bus";
import { projection } from "@counterpoint/read-model";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const Noted = event("Noted", { payload: type<{ page: string }>() });

const notes = projection("notes", {
  version: 1,
  events: [Noted],
  columns: { page: "text" },
  key: ({ payload }) => payload.page,
  on: { Noted: (_none, { payload }) => ({ page: payload.page }) },
});

const append = { stream: "s", events: [Noted({ page: "a" })] };

// What the ports leave to the adapter; all else is in the contract suites.
describe("the memory store", () => {
  it("wakes every listener after each append, also one that was given twice", async () => {
    const store = createMemoryStore();
    let wakes = 0;
    const listener = (): void => void wakes++;
    const [one, two] = [store.onAppend(listener), store.onAppend(listener)];
    await store.append(append);
    expect(wakes).toBe(2);
    one[Symbol.dispose]();
    await store.append(append);
    expect(wakes).toBe(3);
    two[Symbol.dispose]();
    await store.append(append);
    expect(wakes).toBe(3);
  });

  it("calls no listener that goes between the append and the wake-up", async () => {
    const store = createMemoryStore();
    let wakes = 0;
    const listening = store.onAppend(() => wakes++);
    const appending = store.append(append);
    listening[Symbol.dispose]();
    await appending;
    expect(wakes).toBe(0);
  });

  it("throws what a listener throws where nobody can catch it, unless somebody wants to hear it", async () => {
    const own = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    const failure = new Error("a listener's own");
    const store = createMemoryStore();
    store.onAppend(() => {
      throw failure;
    });
    try {
      await store.append(append);
      expect(await uncaught).toBe(failure);
    } finally {
      for (const listener of own) process.on("uncaughtException", listener);
    }
  });

  it("refuses two inline projections of one name", () => {
    expect(() => createMemoryStore({ inline: [notes, notes] })).toThrow(
      "Two inline projections are named notes; rename one with as(…).",
    );
  });
});
