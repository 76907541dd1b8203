import { useEffect, useRef, useState } from "react";
import type { LabTab } from "../lab/lab.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { ScenarioState } from "./use-scenario.ts";
import { useScenario } from "./use-scenario.ts";

/** Offers the guided stories, and tells the one that was chosen. */
export function ScenarioCard({ onTab }: { onTab: (tab: LabTab) => void }) {
  const { state, begin, take, next, end } = useScenario();
  const step = state?.scenario.steps[state.index];

  return (
    <section className="card stories" aria-labelledby="stories" data-told={state !== undefined}>
      <h2 id="stories">{state ? state.scenario.title : "Guided stories"}</h2>
      {state ? (
        <Told key={state.scenario.id} state={state} onTake={takeStep} onNext={next} onEnd={end} />
      ) : (
        <ul>
          {SCENARIOS.map((scenario) => (
            <li key={scenario.id}>
              <button type="button" title={scenario.promise} onClick={() => start(scenario)}>
                {scenario.title}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );

  function start(scenario: Scenario): void {
    begin(scenario);
    const tab = scenario.steps[0]?.tab;
    if (tab) onTab(tab);
  }

  function takeStep(): void {
    if (step?.tab) onTab(step.tab);
    void take();
  }
}

interface ToldProps {
  readonly state: ScenarioState;
  readonly onTake: () => void;
  readonly onNext: () => void;
  readonly onEnd: () => Promise<void>;
}

function Told({ state, onTake, onNext, onEnd }: ToldProps) {
  const { scenario, index, phase, told } = state;
  const [revealed, setRevealed] = useState(false);
  const text = useRef<HTMLParagraphElement>(null);
  const { steps } = scenario;
  const step = steps[index];

  // The button that was pressed may be gone: the focus goes to what is to be read next.
  useEffect(() => text.current?.focus(), [index, revealed]);

  return (
    <>
      <ol className="story-steps" aria-label="Steps">
        {steps.map(({ does }, each) => (
          <li
            key={does}
            aria-current={each === index ? "step" : undefined}
            data-done={each < index}
          >
            <span className="unseen">
              Step {each + 1}
              {each < index && ", done"}
            </span>
          </li>
        ))}
        <li aria-current={step ? undefined : "step"} data-done={revealed}>
          <span className="unseen">The question</span>
        </li>
      </ol>
      {step ? (
        <>
          <p ref={text} tabIndex={-1} className="story-does">
            {step.does}
          </p>
          <p className="story-watch">
            <strong>Watch:</strong> {step.watch}
          </p>
          {told !== undefined && <p className={phase === "refused" ? "error" : "did"}>{told}</p>}
        </>
      ) : (
        <>
          <p ref={text} tabIndex={-1} className="story-does">
            {scenario.question}
          </p>
          {revealed && <p className="story-answer">{scenario.answer}</p>}
        </>
      )}
      <p className="story-acts">
        {step && phase !== "seen" && (
          <button type="button" className="primary" disabled={phase === "running"} onClick={onTake}>
            <Icon name="resume" />{" "}
            {phase === "running" ? "Watch…" : phase === "refused" ? "Try again" : "Do it"}
          </button>
        )}
        {step && phase === "seen" && (
          <button type="button" className="primary" onClick={onNext}>
            {index + 1 < steps.length ? "Next step" : "The question"} <Icon name="older" />
          </button>
        )}
        {!step && !revealed && (
          <button type="button" className="primary" onClick={() => setRevealed(true)}>
            Show the answer
          </button>
        )}
        <button
          type="button"
          className={revealed ? "primary" : "quiet"}
          onClick={() => void onEnd()}
        >
          {revealed ? "Done" : "Leave the story"}
        </button>
      </p>
    </>
  );
}
