import { describe, expect, it, vi } from "vitest";
import { onAbort } from "./on-abort.ts";

describe("onAbort", () => {
  it("calls everybody who listens, once", () => {
    const controller = new AbortController();
    const listeners = Array.from({ length: 100 }, () => vi.fn<() => void>());
    for (const listener of listeners) onAbort(controller.signal, listener);
    controller.abort();
    controller.abort();
    for (const listener of listeners) expect(listener).toHaveBeenCalledOnce();
  });

  it("calls nobody who has left, nor anybody for another signal", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const [left, stayed] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const leaving = onAbort(one.signal, left);
    onAbort(other.signal, stayed);
    leaving[Symbol.dispose]();
    one.abort();
    expect(left).not.toHaveBeenCalled();
    expect(stayed).not.toHaveBeenCalled();
  });
});
