import type { Opened } from "../contract-case.ts";
import type { ManualTime, Outside } from "../manual-time.ts";
import { manualTime } from "../manual-time.ts";
import { createTurns } from "../turns.ts";
import type { ReadSideStore } from "./store-bench.ts";

/** Manual time and a store whose calls and leases keep to it. */
export interface InStep {
  readonly time: ManualTime;
  /** Begins to let time pass on the clock of the store that was opened, too. */
  follow(opened: Pick<Opened<unknown>, "pass">): void;
  /** Has time stand still while the store is at work. */
  watch(store: ReadSideStore): ReadSideStore;
}

/**
 * How many milliseconds of a store's own clock one of manual time is, as far as leases go: so many that what a slow machine
 * takes for a case is nothing.
 */
const STRETCH = 100_000;

/**
 * Makes manual time that keeps in step with a real store. It stands still while a call is under way, so that nothing runs
 * out meanwhile. A store with a clock of its own, which goes on, gets leases that are stretched, and is told to let as much
 * time pass as here: so it does not matter how long anything really takes.
 *
 * @param options - `isSerial`: whether the store is called once at a time, in the order in which it is asked, so that a run
 *   can be repeated call by call. Default `false`.
 */
export function inStep({ isSerial = false }: { readonly isSerial?: boolean } = {}): InStep {
  let underWay = 0;
  let pass: ((ms: number) => Promise<void>) | undefined;
  const waiting = new Set<() => void>();
  const inTurn = createTurns();

  const outside: Outside = {
    get isBusy() {
      return underWay > 0;
    },
    quiet: () =>
      underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve)),
    passed: async (ms) => pass?.(ms * STRETCH),
  };
  return {
    time: manualTime(undefined, outside),
    follow: (opened) => void (pass = opened.pass && ((ms) => opened.pass!(ms))), // asked a moment ago
    watch: (store) => wrap({ ...store, ...stretched(store) }),
  };

  function stretched({ acquire, renew }: ReadSideStore): Pick<ReadSideStore, "acquire" | "renew"> {
    const long = (leaseMs: number): number => (pass ? leaseMs * STRETCH : leaseMs);
    return {
      acquire: (follower, { leaseMs, ...request }) =>
        acquire(follower, { ...request, leaseMs: long(leaseMs) }),
      renew: (lease, leaseMs) => renew(lease, long(leaseMs)),
    };
  }

  function wrap<T extends object>(target: T): T {
    return new Proxy(target, {
      get(_, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]): unknown => {
          const call = (): unknown => Reflect.apply(member, target, args);
          if (property === "readModel") return wrap(call() as object); // handed out at once
          if (property === "onAppend" || typeof property === "symbol") return call();
          const result = isSerial ? inTurn(call) : Promise.resolve(call());
          note(result);
          return result;
        };
      },
    });
  }

  function note(call: Promise<unknown>): void {
    underWay++;
    const ended = (): void => {
      if (--underWay > 0) return;
      for (const go of waiting) go();
      waiting.clear();
    };
    call.then(ended, ended);
  }
}
