import type { Opened } from "./contract-case.ts";
import type { PortCall } from "./faults.ts";
import { withFaults } from "./faults.ts";

/** What a sweep does again and again. */
export interface CrashSweepOptions<TStore extends object> {
  /** Opens a fresh, empty, durable store. */
  open(): Promise<Opened<TStore>>;
  /**
   * What the process does until it dies. It calls the store in the same order each time.
   *
   * @param acknowledge - Writes down what somebody was promised; the invariant gets to see it.
   */
  scenario(store: TStore, acknowledge: (promised: string) => void): Promise<void>;
  /** What a new process does on the same store. */
  restart(store: TStore): Promise<void>;
  /** Throws when the store is not as it must be, wherever the crash came. */
  invariant(store: TStore, acknowledged: readonly string[]): Promise<void>;
}

/** A place at which the process died. */
export interface CrashPoint {
  readonly method: string;
  /** The how-manieth call of this method, from 1. */
  readonly nth: number;
  readonly when: "before" | "after";
}

/** Where a sweep has been. */
export interface CrashSweepReport {
  /** How many calls the scenario makes. */
  readonly calls: number;
  /** Every place at which it was crashed, in order: two for each call. */
  readonly points: readonly CrashPoint[];
}

/**
 * Crashes a scenario at every place where it can be crashed.
 *
 * It runs the scenario once to count its calls, then again for each call, dying right before it and right after it,
 * restarts on the store that is left, and asserts the invariant; also after the run without a crash.
 *
 * @throws {Error} When the invariant does not hold, naming the crash point; when the scenario makes no calls; or when a
 *   rerun does not come to the call at which it should die, so that it is not deterministic.
 */
export async function crashSweep<TStore extends object>(
  options: CrashSweepOptions<TStore>,
): Promise<CrashSweepReport> {
  const calls = await run(options);
  if (calls === 0) throw new Error("The scenario made no call, so there was nothing to crash.");
  const points: CrashPoint[] = [];
  for (let index = 1; index <= calls; index++) {
    for (const when of ["before", "after"] as const) {
      await run(options, {
        index,
        when,
        visit: ({ method, nth }) => points.push({ method, nth, when }),
      });
    }
  }
  return { calls, points };
}

interface Aim {
  readonly index: number;
  readonly when: "before" | "after";
  readonly visit: (call: PortCall) => void;
}

/** @returns How many calls the scenario has made. */
async function run<TStore extends object>(
  { open, scenario, restart, invariant }: CrashSweepOptions<TStore>,
  aim?: Aim,
): Promise<number> {
  await using opened = await open();
  const acknowledged: string[] = [];
  const faulty = withFaults(opened.store, ({ index }) =>
    index === aim?.index ? { kind: "crash", when: aim.when } : undefined,
  );
  const ended = scenario(faulty.store, (promised) => acknowledged.push(promised));
  const victim = await Promise.race([faulty.crashed, ended]);
  if (aim) {
    if (!victim) throw new Error(`The scenario ended without its call ${aim.index}.`);
    aim.visit(victim);
  }
  try {
    await restart(opened.store);
    await invariant(opened.store, acknowledged);
  } catch (error) {
    const where = victim
      ? `a crash ${aim?.when} call ${victim.index}, ${victim.method}`
      : "no crash";
    throw new Error(`After ${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return faulty.calls.length;
}
