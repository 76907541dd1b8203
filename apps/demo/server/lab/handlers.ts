import type { Context } from "@counterpoint/bus";
import type { DeadLetter, DeadLetterAct } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { Bursts, BurstTarget } from "./burst/bursts.ts";
import type { Crew } from "./crew.ts";
import type { Crash, Faults, PoisonPolicy, WakeUps } from "./faults.ts";
import { LabError } from "./lab-error.ts";
import type { LabRebuilds, RebuildMode } from "./rebuilds.ts";
import type { DeadLetterList, LabStatus } from "./status.ts";

interface LabOptions {
  readonly storeName: string;
  readonly crew: Crew;
  readonly faults: Faults;
  /** The bug in the eventual model's code. */
  readonly bug: { isPlanted: boolean };
  readonly rebuilds: LabRebuilds;
  /** The read model that the lab plays with. */
  readonly eventual: string;
  /** The read model that is always as fresh as the log. */
  readonly sync: string;
  readonly bursts: Bursts;
  /** Opens what a burst goes to, on behalf of whoever has asked for it. */
  readonly openTarget: (inline: number, metadata: Context["metadata"]) => Promise<BurstTarget>;
}

/** The handlers behind the lab's controls and its instruments. */
export function labHandlers(options: LabOptions) {
  const { storeName, crew, faults, bug, rebuilds, eventual, sync } = options;
  const { bursts, openTarget } = options;
  return {
    setDelay: ({ delay_ms }: { delay_ms: number }) => crew.setDelay(delay_ms),
    pause: () => crew.pause(),
    resume: () => crew.resume(),
    rebuild: ({ mode }: { mode: RebuildMode }) => rebuilds.start(mode),
    setCrash: ({ crash }: { crash: Crash }) => set(() => (faults.crash = crash)),
    setDuplicates: ({ duplicates }: { duplicates: boolean }) =>
      set(() => (faults.duplicates = duplicates)),
    setWakeUps: ({ wake_ups }: { wake_ups: WakeUps }) => set(() => (faults.wakeUps = wake_ups)),
    setBug: (given: { bug: boolean }) => set(() => (bug.isPlanted = given.bug)),
    setPolicy: ({ policy }: { policy: PoisonPolicy }) => crew.setPolicy(policy),
    addWorker: async () => void (await crew.add()),
    killLeader: () => crew.killLeader(),

    startBurst: (burst: { commands: number; inline: number }, { metadata }: Context) =>
      bursts.start(burst, () => openTarget(burst.inline, metadata)),
    cancelBurst: () => bursts.cancel(),

    async reset(_payload: unknown, { metadata }: Context) {
      await bursts.stop();
      faults.crash = "never";
      faults.duplicates = false;
      faults.wakeUps = "on time";
      bug.isPlanted = false;
      crew.setDelay(0);
      await crew.reset();
      await crew.resume();
      await crew.deadLetters.retryAll(eventual, orderOf(metadata, "The lab was reset."));
      crew.changed();
    },

    async retry({ position }: { position: number }, { metadata }: Context) {
      try {
        await crew.deadLetters.retry(eventual, position, orderOf(metadata, "Retried in the lab."));
      } catch (error) {
        throw isReadModelError(error, "HANDLER_FAILED") ? new LabError("STILL_FAILS") : error;
      } finally {
        crew.changed();
      }
    },

    async retryAll(_payload: unknown, { metadata }: Context) {
      const order = orderOf(metadata, "Retried in the lab.");
      const retried = await crew.deadLetters.retryAll(eventual, order);
      crew.changed();
      return retried;
    },

    async discard(
      { position, reason }: { position: number; reason: string },
      { metadata }: Context,
    ) {
      await crew.deadLetters.discard(eventual, position, { ...orderOf(metadata), reason });
      crew.changed();
    },

    async deadLetters(): Promise<DeadLetterList> {
      const [letters, acts] = await Promise.all([
        crew.deadLetters.list(eventual),
        crew.deadLetters.acts(eventual),
      ]);
      return { letters: letters.map(letterOf), acts: acts.slice(-KEPT_ACTS).map(actOf) };
    },

    async status(): Promise<LabStatus> {
      const { head, delayMs, projections } = await crew.status();
      const inline = { state: "inline", position: head, lag: { events: 0, ms: 0 } } as const;
      return {
        store: storeName,
        head,
        delay_ms: delayMs,
        models: [
          { name: sync, consistency: "sync", ...inline },
          ...projections.map(({ name, state, position, lag, error }) => ({
            ...{ name, consistency: "eventual" as const, state, position, lag },
            ...(error !== undefined && { error }),
          })),
        ],
        faults: {
          crash: faults.crash,
          duplicates: faults.duplicates,
          wake_ups: faults.wakeUps,
          bug: bug.isPlanted,
          policy: crew.policy,
        },
        counts: crew.chronicle.counts,
        workers: crew.workers,
        last_death: crew.chronicle.lastDeath ?? null,
        dead_letters: projections[0]?.deadLetters ?? 0,
        last_rebuild: rebuilds.status ?? null,
        burst: bursts.status ?? null,
        burst_results: bursts.results,
      };
    },
  };

  function set(change: () => unknown): void {
    change();
    crew.changed();
  }
}

const KEPT_ACTS = 20;

function orderOf({ actor }: Context["metadata"], reason?: string) {
  return { actor: actor ?? "anonymous", ...(reason !== undefined && { reason }) };
}

function letterOf({ position, key, event, reason, error, attempts, setAsideAt }: DeadLetter) {
  const { type, payload } = event;
  const set_aside_at = setAsideAt.toISOString();
  return { position, key, type, payload, reason, error, attempts, set_aside_at };
}

function actOf({ position, act, actor, reason, at }: DeadLetterAct) {
  return { position, act, actor, reason, at: at.toISOString() };
}
