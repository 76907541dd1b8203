import { useId, useState } from "react";
import type { ScheduleName } from "../../../server/ordering/schedules.ts";
import { SCHEDULES } from "../../../server/ordering/schedules.ts";
import { Choice } from "../ui/choice.tsx";
import { Term } from "../ui/term.tsx";
import { SCHEDULE_WORDS } from "./in-words.ts";
import { axisOf } from "./lanes.ts";
import { PlayCard, TimeAxis } from "./play-card.tsx";
import { StepsTable } from "./steps-table.tsx";
import { useExperiment } from "./use-experiment.ts";

const OPTIONS = SCHEDULES.map((name) => [name, SCHEDULE_WORDS[name].title] as const);

/** Plays a schedule of transactions under four ways to read the log in order, and shows what each cost. */
export function Ordering({ store }: { readonly store: string }) {
  return store === "postgres" ? <Experiments /> : <Elsewhere store={store} />;
}

function Elsewhere({ store }: { readonly store: string }) {
  const why = store === "pglite" ? "PGlite has a single connection" : "memory has none";
  return (
    <div className="ordering">
      <p>
        Positions are drawn when an event is written, and seen when its <Term name="transaction" />{" "}
        commits. Between the two, another one can overtake. To show that takes a Postgres server and
        several connections at once; {why}, so nothing can overtake here.
      </p>
      <p>
        Start the demo on Postgres, which comes with it:{" "}
        <code>npm run demo -- --store postgres</code>
      </p>
    </div>
  );
}

function Experiments() {
  const id = useId();
  const [schedule, setSchedule] = useState<ScheduleName>("overtaken writer");
  const { report, error, isRunning, run, cancel } = useExperiment(schedule);
  /** How often a result was played in slow motion. One that was looked at before stands still. */
  const [played, setPlayed] = useState({ schedule, times: 0 });
  const isMoving = played.schedule === schedule && played.times > 0;

  return (
    <div className="ordering">
      <div className="ordering-controls">
        <Choice
          label="Schedule"
          options={OPTIONS}
          value={schedule}
          describedBy={`${id}-tells`}
          onChange={async (chosen) => {
            setSchedule(chosen);
            setPlayed({ schedule: chosen, times: 0 });
            return true;
          }}
        />
        {isRunning ? (
          <button type="button" onClick={() => void cancel()}>
            Cancel
          </button>
        ) : (
          <button type="button" className="primary" onClick={runAndPlay}>
            Run it four ways
          </button>
        )}
        {report && !isRunning && (
          <button type="button" className="quiet replay" onClick={playAgain}>
            Play it again in slow motion
          </button>
        )}
      </div>
      <p id={`${id}-tells`} className="ordering-tells">
        {SCHEDULE_WORDS[schedule].tells}
      </p>
      {isRunning && (
        <p className="hint">
          Real transactions on the real server, in a schema of their own: a few seconds…
        </p>
      )}
      {error !== undefined && !isRunning && <p className="error">{error}</p>}
      {report && !isRunning && (
        <>
          <Legend />
          <ol
            key={`${schedule} ${played.times}`}
            className="plays"
            aria-label="Four ways to read the log"
            data-moving={isMoving}
          >
            {report.strategies.map((play) => (
              <PlayCard key={play.strategy} play={play} axis={axisOf(report.strategies)} />
            ))}
          </ol>
          <TimeAxis axis={axisOf(report.strategies)} />
          <StepsTable report={report} />
        </>
      )}
    </div>
  );

  function runAndPlay(): void {
    playAgain(); // as soon as there is something to play
    void run();
  }

  function playAgain(): void {
    setPlayed(({ times }) => ({ schedule, times: times + 1 }));
  }
}

/** Says what the marks mean, with a word of explanation for each that needs one. */
function Legend() {
  return (
    <ul className="ordering-legend">
      <li>
        <span className="play-bar" /> open <Term name="transaction" />
      </li>
      <li>
        <span className="play-wait" /> waits for another
      </li>
      <li>
        <span className="play-event">1</span> draws <Term name="position" /> 1
      </li>
      <li>
        <span className="play-event" data-became="lost">
          1
        </span>{" "}
        <Term name="lost">lost</Term>
      </li>
      <li>
        <span className="play-event" data-became="rolled back">
          1
        </span>{" "}
        <Term name="rollback">rolled back</Term>
      </li>
      <li>
        <span className="play-look">1</span> the reader gets 1
      </li>
    </ul>
  );
}
