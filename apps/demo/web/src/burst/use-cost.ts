import { useMemo, useSyncExternalStore } from "react";
import type { LiveListener } from "../live/connect.ts";
import { LagSamples } from "./lag-samples.ts";

/** What commands and reads have cost so far, in milliseconds. */
export interface CostSamples {
  readonly latenciesMs: readonly number[];
  readonly lagsMs: readonly number[];
}

/** Gathers what commands and reads cost. */
export interface Cost extends Pick<LiveListener, "onStatus" | "onEvents" | "onConnection"> {
  addLatency(ms: number): void;
  reset(): void;
  subscribe(changed: () => void): () => void;
  samples(): CostSamples;
}

const NONE: CostSamples = { latenciesMs: [], lagsMs: [] };
const KEPT = 20_000;
/** How long to gather before the page hears of it. */
const GATHER_MS = 100;

/** Makes the place where costs are gathered; it hears what the page hears. */
export function createCost(after: (ms: number, act: () => void) => unknown): Cost {
  const lags = new LagSamples();
  const listeners = new Set<() => void>();
  let samples = NONE;
  let latenciesMs: number[] = [];
  let gathering = false;
  let begun = false;

  return {
    onConnection() {
      begun = false;
    },
    onStatus({ head, moves }) {
      if (!begun) lags.begin(head);
      begun = true;
      lags.moved(moves);
      gather();
    },
    onEvents(events) {
      lags.recorded(events);
      gather();
    },
    addLatency(ms) {
      latenciesMs.push(ms);
      gather();
    },
    reset() {
      latenciesMs = [];
      lags.settle();
      samples = NONE;
      tell();
    },
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    samples: () => samples,
  };

  function gather(): void {
    if (gathering) return;
    gathering = true;
    after(GATHER_MS, () => {
      gathering = false;
      const settled = lags.settle();
      if (settled.length === 0 && latenciesMs.length === 0) return;
      samples = {
        latenciesMs: [...samples.latenciesMs, ...latenciesMs].slice(-KEPT),
        lagsMs: [...samples.lagsMs, ...settled].slice(-KEPT),
      };
      latenciesMs = [];
      tell();
    });
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }
}

/** Keeps one such place for as long as the component lives. */
export function useCost(): Cost {
  return useMemo(() => createCost((ms, act) => setTimeout(act, ms)), []);
}

/** Reads what was gathered, and again whenever it changes. */
export function useCostSamples(cost: Cost): CostSamples {
  return useSyncExternalStore(cost.subscribe, cost.samples);
}
