import type { ReadMode } from "../api/verdict.ts";
import { READ_MODES } from "../api/verdict.ts";
import { formatCount, formatMs } from "../ui/format.ts";
import { Term } from "../ui/term.tsx";
import type { CommandLog, ReadTally } from "./command-log.ts";
import { MODE_NAMES } from "./in-words.ts";
import { median } from "./median.ts";

interface ReadSwitchProps extends Pick<CommandLog, "tallies"> {
  readonly mode: ReadMode;
  readonly onChange: (mode: ReadMode) => void;
}

const EXPLAINED: Readonly<Record<ReadMode, string>> = {
  nothing: "Reads the eventual model at once: fast, and perhaps stale.",
  token: "Reads the eventual model with the token: waits until it is fresh enough.",
  sync: "Reads the synchronous model: always fresh; the write has paid for it.",
};

/** Chooses how the page reads after each command, and keeps count of what that showed. */
export function ReadSwitch({ mode, onChange, tallies }: ReadSwitchProps) {
  return (
    <section className="card read-switch" aria-labelledby="read-switch">
      <fieldset>
        <legend id="read-switch">Read your writes</legend>
        <div className="switch">
          {READ_MODES.map((each) => (
            <label key={each} data-mode={each}>
              <input
                type="radio"
                name="read-mode"
                checked={each === mode}
                onChange={() => onChange(each)}
                aria-describedby="read-explained"
              />
              <span>{MODE_NAMES[each]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <p id="read-explained" className="hint">
        After each command, one read. {EXPLAINED[mode]}
      </p>
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Mode</th>
            <th scope="col">Reads</th>
            <th scope="col">
              <Term name="stale">Stale</Term>
            </th>
            <th scope="col">
              Took <Term name="p50" />
            </th>
          </tr>
        </thead>
        <tbody>
          {READ_MODES.map((each) => (
            <TallyRow key={each} mode={each} tally={tallies[each]} current={each === mode} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function TallyRow(props: { mode: ReadMode; tally: ReadTally; current: boolean }) {
  const { mode, tally, current } = props;
  const took = median(tally.waitsMs);
  return (
    <tr data-current={current} data-mode={mode}>
      <th scope="row">{MODE_NAMES[mode]}</th>
      <td>
        {formatCount(tally.reads)}
        {tally.late > 0 && <small> ({formatCount(tally.late)} late)</small>}
      </td>
      <td data-bad={tally.stale > 0}>{formatCount(tally.stale)}</td>
      <td>{took === undefined ? "–" : formatMs(took)}</td>
    </tr>
  );
}
