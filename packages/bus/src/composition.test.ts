import { beforeEach, describe, expect, it, vi } from "vitest";
import { CommandBus } from "./command-bus.ts";
import { command, event, query } from "./contract.ts";
import { EventBus } from "./event-bus.ts";
import type * as middlewareModule from "./middleware.ts";
import { compose } from "./middleware.ts";
import { QueryBus } from "./query-bus.ts";
import { type } from "./standard-schema.ts";

vi.mock("./middleware.ts", async (original) => {
  const actual = await original<typeof middlewareModule>();
  return { ...actual, compose: vi.fn(actual.compose) };
});

const middleware = [(_: unknown, next: () => unknown) => next()];
const payload = type<number>();

describe("the chain of middlewares is composed once per route, and not per message:", () => {
  beforeEach(() => {
    vi.mocked(compose).mockClear();
  });

  it("CommandBus", async () => {
    const First = command("First", { payload });
    const Second = command("Second", { payload });
    const bus = new CommandBus({ middleware }).register(First, () => {}).register(Second, () => {});
    expect(compose).toHaveBeenCalledTimes(2);
    for (const n of [1, 2, 3]) await bus.dispatch(n === 2 ? Second(n) : First(n));
    expect(compose).toHaveBeenCalledTimes(2);
  });

  it("QueryBus", async () => {
    const Ask = query("Ask", { payload });
    const bus = new QueryBus({ middleware }).register(Ask, () => {});
    for (const n of [1, 2, 3]) await bus.dispatch(Ask(n));
    expect(compose).toHaveBeenCalledTimes(1);
  });

  it("EventBus, per subscriber", async () => {
    const Happened = event("Happened", { payload });
    const bus = new EventBus({ middleware });
    bus.subscribe(Happened, () => {});
    bus.subscribe(Happened, () => {});
    for (const n of [1, 2, 3]) await bus.publish(Happened(n));
    expect(compose).toHaveBeenCalledTimes(2);
  });
});
