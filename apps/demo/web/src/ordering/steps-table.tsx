import type { ExperimentReport } from "../../../server/ordering/messages.ts";
import { STRATEGY_WORDS, stepInWords, stepTitle } from "./in-words.ts";

/** The pictures as a table: what each step of the schedule came to, under each strategy. */
export function StepsTable({ report: { strategies } }: { readonly report: ExperimentReport }) {
  const steps = strategies[0]?.steps ?? [];
  return (
    <details className="ordering-table">
      <summary>Step by step, as a table</summary>
      <div className="ordering-scroll" tabIndex={0} role="group" aria-label="Step by step">
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Step</th>
              {strategies.map(({ strategy }) => (
                <th key={strategy} scope="col">
                  {STRATEGY_WORDS[strategy].title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map((step, index) => (
              <tr key={index}>
                <th scope="row">{stepTitle(step)}</th>
                {strategies.map((play) => {
                  const mine = play.steps[index];
                  return <td key={play.strategy}>{mine ? stepInWords(mine, play) : "–"}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
