import type { Scheduler } from "@counterpoint/events";

/** One call of a port's method, or one wake-up (`method: "wake"`) on its way to a listener. */
export interface PortCall {
  readonly method: string;
  /** The how-manieth call of this method, from 1. */
  readonly nth: number;
  /** The how-manieth call at all, from 1. */
  readonly index: number;
  readonly args: readonly unknown[];
}

/**
 * What goes wrong with a call.
 *
 * - `fail`: it rejects, without having done its work, or (`when: "after"`) although it has: the answer was lost.
 * - `delay`: it begins later, by some milliseconds or when a promise settles.
 * - `duplicate`: it is done twice, one after the other; the caller gets the first outcome.
 * - `reorder`: it begins only after the next call of the same method has finished.
 * - `drop`: a wake-up never arrives. Calls of ports cannot be dropped: they fail, or the process crashes.
 * - `crash`: the process dies right before the work, or right after it. No call is ever answered again.
 */
export type Fault =
  | { readonly kind: "fail"; readonly when?: "before" | "after"; readonly error?: unknown }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "delay"; readonly until: Promise<unknown> }
  | { readonly kind: "duplicate" }
  | { readonly kind: "reorder" }
  | { readonly kind: "drop" }
  | { readonly kind: "crash"; readonly when: "before" | "after" };

/** Decides about each call; `undefined`: all goes well. */
export type FaultPlan = (call: PortCall) => Fault | undefined;

/** A store that misbehaves as planned, and what was asked of it. */
export interface FaultyStore<TStore> {
  readonly store: TStore;
  /** All calls and wake-ups so far. */
  readonly calls: readonly PortCall[];
  /** Resolves with the call at which the process died; never, when it does not. */
  readonly crashed: Promise<PortCall>;
}

/** Reports a failure that a plan has asked for. */
export class InjectedFault extends Error {
  override readonly name = "InjectedFault";
  readonly call: PortCall;

  constructor(call: PortCall, when: "before" | "after") {
    super(`Injected: call ${call.index}, ${call.method}, fails ${when} its work.`);
    this.call = call;
  }
}

export interface FaultOptions {
  /** Where delays in milliseconds wait. Without it, they only step aside for what is due now. */
  readonly scheduler?: Scheduler;
}

/** Answered at once, without a promise: what they hand out is wrapped instead. */
const HANDED_OUT = ["readModel"];

/**
 * Wraps a store, or any object of asynchronous methods, so that its calls go wrong as planned.
 *
 * Every asynchronous method counts as a call, also those of a read model that it opens; so does every wake-up of a
 * listener given to `onAppend`. What lies behind is not harmed: open it again, without faults, and see what is left.
 *
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { createMemoryStore } from "@counterpoint/memory";
 * import { withFaults } from "@counterpoint/testing";
 *
 * const SeatReserved = event("SeatReserved", { payload: type<{ seat: number }>() });
 * const { store } = withFaults(createMemoryStore(), ({ method, nth }) =>
 *   method === "append" && nth === 1 ? { kind: "fail", when: "after" } : undefined,
 * );
 * const append = {
 *   stream: "show-1",
 *   events: [SeatReserved({ seat: 7 })],
 *   expectedVersion: "any",
 * } as const;
 * const appended = store.append(append);
 * await appended; // => throws InjectedFault: Injected: call 1, append, fails after its work.
 * await store.head(); // => 1
 * ```
 */
export function withFaults<TStore extends object>(
  store: TStore,
  plan: FaultPlan = () => undefined,
  { scheduler }: FaultOptions = {},
): FaultyStore<TStore> {
  const calls: PortCall[] = [];
  const counts = new Map<string, number>();
  const held = new Map<string, (() => void)[]>();
  let isDead = false;
  let crash: (call: PortCall) => void;
  const crashed = new Promise<PortCall>((resolve) => {
    crash = resolve;
  });

  return { store: wrap(store), calls, crashed };

  function wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get(_, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        if (typeof property === "symbol") return member.bind(target) as unknown; // disposal is no call
        const method = property;
        return (...args: readonly unknown[]): unknown => {
          if (method === "onAppend") return listen(target, args[0] as () => void);
          if (HANDED_OUT.includes(method))
            return wrap(Reflect.apply(member, target, args) as object);
          return answer(note(method, args), () => Reflect.apply(member, target, args) as unknown);
        };
      },
    });
  }

  function note(method: string, args: readonly unknown[]): PortCall {
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    const call = { method, nth, index: calls.length + 1, args };
    if (!isDead) calls.push(call);
    return call;
  }

  /** The dead do not hear answers: what began before the crash may be done, but nobody learns of it. */
  async function answer(call: PortCall, work: () => unknown): Promise<unknown> {
    if (isDead) return silence();
    try {
      const result = await perform(call, work);
      if (isDead) return await silence();
      return result;
    } catch (error) {
      if (isDead) return await silence();
      throw error;
    } finally {
      release(call.method);
    }
  }

  async function perform(call: PortCall, work: () => unknown): Promise<unknown> {
    const fault = plan(call);
    switch (fault?.kind) {
      case "fail": {
        const { when = "before" } = fault;
        if (when === "after") await work();
        throw "error" in fault ? fault.error : new InjectedFault(call, when);
      }
      case "delay":
        await ("until" in fault ? fault.until : pause(fault.ms));
        break;
      case "reorder":
        await turn(call.method);
        break;
      case "duplicate": {
        const first = await settled(work);
        await settled(work);
        return first();
      }
      case "crash":
        if (fault.when === "after") await settled(work);
        die(call);
        break;
      case "drop":
        throw new TypeError(`Only wake-ups can be dropped, not ${call.method}.`);
      case undefined:
        break;
    }
    return isDead ? undefined : work();
  }

  function listen(target: object, listener: () => void): Disposable {
    const source = target as { onAppend(listener: () => void): Disposable };
    return source.onAppend(() => {
      if (isDead) return;
      const call = note("wake", []);
      const fault = plan(call);
      if (fault?.kind === "drop") return;
      if (fault?.kind === "crash") {
        if (fault.when === "after") wake();
        die(call);
      } else if (fault?.kind === "delay") {
        void ("until" in fault ? fault.until : pause(fault.ms)).then(wake, wake);
      } else {
        wake();
        if (fault?.kind === "duplicate") wake();
      }

      function wake(): void {
        if (!isDead) listener();
      }
    });
  }

  function die(call: PortCall): void {
    isDead = true;
    crash(call);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (scheduler) scheduler.after(ms, resolve);
      else setTimeout(resolve, 0);
    });
  }

  function turn(method: string): Promise<void> {
    return new Promise((resolve) => {
      held.set(method, [...(held.get(method) ?? []), resolve]);
    });
  }

  function release(method: string): void {
    const waiting = held.get(method) ?? [];
    held.delete(method);
    for (const go of waiting) go();
  }
}

function silence(): Promise<never> {
  return new Promise(() => {});
}

async function settled(work: () => unknown): Promise<() => unknown> {
  try {
    const result = await work();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
