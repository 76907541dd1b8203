import { useEffect, useReducer, useRef } from "react";
import { fetchAsMyself } from "../role/credentials.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import type { Ask } from "./run-step.ts";
import { observe, runStep } from "./run-step.ts";
import type { Answers, Scenario, ScenarioStep } from "./scenario.ts";

/** Where somebody stands in a story. */
export interface ScenarioState {
  readonly scenario: Scenario;
  /** The step in hand; after the last one comes the question. */
  readonly index: number;
  readonly phase: "ready" | "running" | "seen" | "refused";
  readonly answers: Answers;
  /** What the step has shown, or why it could not be taken. */
  readonly told: string | undefined;
}

type Action =
  | { readonly type: "begin"; readonly scenario: Scenario }
  | { readonly type: "end" }
  | { readonly type: "run" }
  | { readonly type: "answered"; readonly answers: Answers }
  | { readonly type: "seen"; readonly told: string }
  | { readonly type: "refused"; readonly told: string }
  | { readonly type: "next" };

const LOOK_MS = 250;

const ask: Ask = (method, path, init) => fetchAsMyself(path, { method, ...init });

/** Takes somebody through a story, one step at a time. */
export function useScenario() {
  const [state, dispatch] = useReducer(reduce, undefined);
  const announce = useAnnounce();
  const run = useRef<AbortController>(undefined);

  useEffect(() => () => run.current?.abort(), []);

  return {
    state,
    begin(scenario: Scenario) {
      run.current?.abort();
      dispatch({ type: "begin", scenario });
      announce(`Story: ${scenario.title}.`);
    },
    next: () => dispatch({ type: "next" }),
    async take() {
      const step = state?.scenario.steps[state.index];
      if (!state || !step) return;
      const controller = new AbortController();
      run.current = controller;
      dispatch({ type: "run" });
      await taken(step, state.index === 0, state.answers, controller.signal);
    },
    /** Leaves the story; the lab is put back to where it was at first. */
    async end() {
      run.current?.abort();
      dispatch({ type: "end" });
      await ask("POST", "/lab/reset", { headers: {} }).catch(() => undefined); // then the lab says so itself
    },
  };

  async function taken(
    step: ScenarioStep,
    isFirst: boolean,
    before: Answers,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (isFirst) await refuse(await ask("POST", "/lab/reset", { headers: {} }));
      const answers = await runStep(ask, step, before, () => performance.now());
      if (signal.aborted) return;
      dispatch({ type: "answered", answers });
      for (;;) {
        const facts = await observe(ask, answers);
        if (signal.aborted) return;
        if (step.holds(facts)) {
          const told = step.saw(facts);
          dispatch({ type: "seen", told });
          return announce(told);
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    } catch (error) {
      if (signal.aborted) return;
      const told = error instanceof Error ? error.message : String(error);
      dispatch({ type: "refused", told });
      announce(told);
    }
  }
}

async function refuse(response: Response): Promise<void> {
  if (response.ok) return;
  const { detail } = (await response.json()) as { readonly detail?: string }; // every refusal is a problem
  throw new Error(detail ?? `Status ${response.status}`);
}

function reduce(state: ScenarioState | undefined, action: Action): ScenarioState | undefined {
  if (action.type === "begin") {
    return {
      ...{ scenario: action.scenario, index: 0, phase: "ready" },
      ...{ answers: {}, told: undefined },
    };
  }
  if (!state || action.type === "end") return undefined;
  switch (action.type) {
    case "run":
      return { ...state, phase: "running", told: undefined };
    case "answered":
      return { ...state, answers: action.answers };
    case "seen":
    case "refused":
      return { ...state, phase: action.type, told: action.told };
    case "next":
      return { ...state, index: state.index + 1, phase: "ready", told: undefined };
  }
}
