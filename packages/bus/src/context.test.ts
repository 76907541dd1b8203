import { describe, expect, it, vi } from "vitest";
import { CommandBus } from "./command-bus.ts";
import type { Context, DispatchOptions } from "./context.ts";
import { command, event, query } from "./contract.ts";
import { EventBus } from "./event-bus.ts";
import type { Middleware } from "./middleware.ts";
import { QueryBus } from "./query-bus.ts";
import type { BusOptions } from "./router.ts";

const Do = command("Do");
const Ask = query("Ask");
const Happened = event("Happened");

type Send = (
  handle: (context: Context) => unknown,
  busOptions: BusOptions,
  options?: DispatchOptions,
) => Promise<unknown>;

const buses: Record<string, Send> = {
  CommandBus: (handle, busOptions, options) =>
    new CommandBus(busOptions)
      .register(Do, async (_, context) => void (await handle(context)))
      .dispatch(Do(), options),
  QueryBus: (handle, busOptions, options) =>
    new QueryBus(busOptions)
      .register(Ask, async (_, context) => void (await handle(context)))
      .dispatch(Ask(), options),
  EventBus: (handle, busOptions, options) => {
    const bus = new EventBus(busOptions);
    bus.subscribe(Happened, async (_, context) => void (await handle(context)));
    return bus.publish(Happened(), options);
  },
};

describe.each(Object.entries(buses))("the context of %s", (_, send) => {
  it("carries metadata, signal and deadline to middlewares and the handler", async () => {
    const options = {
      metadata: { correlationId: "c", causationId: "m", actor: "ada", tenant: 7 },
      signal: new AbortController().signal,
      deadlineAtMs: 1_000,
    };
    const seen: Context[] = [];
    const watch: Middleware = (_message, next, context) => {
      seen.push(context);
      return next();
    };
    await send((context) => seen.push(context), { middleware: [watch], now: () => 0 }, options);
    expect(seen.map(({ contract, ...rest }) => rest)).toEqual([options, options]);
    expect(seen[0]!.metadata).toBe(options.metadata);
    expect(["Do", "Ask", "Happened"]).toContain(seen[1]!.contract.type);
  });

  it("is empty and frozen without options, and asks no clock", async () => {
    const now = vi.fn(() => 0);
    const seen: Context[] = [];
    await send((context) => seen.push(context), { now });
    expect(seen[0]).toMatchObject({ metadata: {}, signal: undefined, deadlineAtMs: undefined });
    expect(Object.isFrozen(seen[0]) && Object.isFrozen(seen[0]?.metadata)).toBe(true);
    expect(now).not.toHaveBeenCalled();
  });

  it("asks no clock for options without a deadline, and fills in what is missing", async () => {
    const now = vi.fn(() => 0);
    const seen: Context[] = [];
    await send((context) => seen.push(context), { now }, {});
    expect(seen[0]).toMatchObject({ metadata: {}, signal: undefined, deadlineAtMs: undefined });
    expect(now).not.toHaveBeenCalled();
  });

  it("refuses to begin what is aborted already, with the reason as cause", async () => {
    const handle = vi.fn();
    const reason = new Error("the client has gone");
    const sent = send(handle, {}, { signal: AbortSignal.abort(reason) });
    await expect(sent).rejects.toMatchObject({ name: "BusError", code: "ABORTED", cause: reason });
    await expect(sent).rejects.toThrow("was aborted before it began.");
    expect(handle).not.toHaveBeenCalled();
  });

  it("leaves it to the handler to watch a signal that aborts later", async () => {
    const controller = new AbortController();
    const sent = send(
      ({ signal }) => {
        controller.abort();
        expect(signal?.aborted).toBe(true);
      },
      {},
      { signal: controller.signal },
    );
    await expect(sent).resolves.toBeUndefined();
  });

  it("begins at the very deadline and refuses a millisecond later", async () => {
    const handle = vi.fn();
    await send(handle, { now: () => 500 }, { deadlineAtMs: 500 });
    expect(handle).toHaveBeenCalledTimes(1);
    const late = send(handle, { now: () => 501 }, { deadlineAtMs: 500 });
    await expect(late).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      details: { deadlineAtMs: 500, lateMs: 1 },
    });
    await expect(late).rejects.toThrow("arrived 1 ms after its deadline and was not begun.");
    expect(handle).toHaveBeenCalledTimes(1);
  });

  it.each([NaN, Infinity, "soon"])(
    "refuses a deadline that is %s, as a rejection",
    async (wrong) => {
      const handle = vi.fn();
      await expect(send(handle, {}, { deadlineAtMs: wrong as number })).rejects.toThrow(
        new RangeError(`Expected deadlineAtMs in epoch milliseconds, got ${wrong}.`),
      );
      expect(handle).not.toHaveBeenCalled();
    },
  );

  it("takes the time of the platform when no clock is given", async () => {
    const handle = vi.fn();
    await send(handle, {}, { deadlineAtMs: Number.MAX_SAFE_INTEGER });
    await expect(send(handle, {}, { deadlineAtMs: 0 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(handle).toHaveBeenCalledTimes(1);
  });
});

it("a handler hands its context on to what it dispatches in turn, with the contract of that", async () => {
  const seen: Context[] = [];
  const queries = new QueryBus().register(Ask, (_, context) => void seen.push(context));
  const commands = new CommandBus().register(Do, (_, context) => queries.dispatch(Ask(), context));
  const signal = new AbortController().signal;
  await commands.dispatch(Do(), { metadata: { correlationId: "c" }, signal });
  expect(seen[0]).toMatchObject({ metadata: { correlationId: "c" }, signal });
  expect(seen[0]?.contract).toBe(Ask);
});

it("each subscriber gets the contract under which it subscribed", async () => {
  const bus = new EventBus();
  const Copy = event("Happened");
  const seen: unknown[] = [];
  bus.subscribe(Happened, (_, { contract }) => void seen.push(contract));
  bus.subscribe(Copy, (_, { contract }) => void seen.push(contract));
  await bus.publish(Happened());
  await bus.publish(Copy(), { metadata: {} });
  expect(seen.map((contract) => contract === Copy)).toEqual([false, true, false, true]);
});
