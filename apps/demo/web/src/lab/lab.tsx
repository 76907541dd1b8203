import { api } from "../api/client.ts";
import { Burst } from "../burst/burst.tsx";
import type { Send } from "../commands/use-commands.ts";
import type { LiveState } from "../live/live-state.ts";
import { modelOf } from "../live/live-state.ts";
import { Ordering } from "../ordering/ordering.tsx";
import type { Tab } from "../ui/tabs.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { CrashControl } from "./crash-control.tsx";
import { DeadLetters } from "./dead-letters.tsx";
import { DelaySlider } from "./delay-slider.tsx";
import { DuplicatesControl, WakeUpsControl } from "./deliveries-controls.tsx";
import { Happened } from "./happened.tsx";
import { deathInWords, rebuildInWords } from "./in-words.ts";
import { PauseControl } from "./pause-control.tsx";
import { PoisonControls } from "./poison-controls.tsx";
import { RebuildControl } from "./rebuild-control.tsx";
import { useControl } from "./use-control.ts";
import { WorkersControl } from "./workers-control.tsx";

export type LabTab = "projector" | "crashes" | "deliveries" | "poison" | "cost" | "ordering";

interface LabProps {
  readonly live: LiveState;
  readonly send: Send;
  readonly selected: LabTab;
  readonly onSelect: (tab: LabTab) => void;
}

/** The controls of the lab. Each says what it will do, and then what it did. */
export function Lab({ live, send, selected, onSelect }: LabProps) {
  const { status } = live;
  const model = modelOf(live, "eventual");
  const reset = useControl();

  return (
    <section className="card lab" aria-labelledby="lab" data-side="eventual">
      <div className="card-head">
        <h2 id="lab">The lab</h2>
        <span>
          {reset.outcome && (
            <span className={reset.outcome.ok ? "did" : "error"}>{reset.outcome.text} </span>
          )}
          <button
            type="button"
            className="quiet"
            disabled={reset.busy}
            onClick={() => void reset.run(() => api.lab.reset.$post({}), "All is as at first.")}
          >
            Reset the lab
          </button>
        </span>
      </div>
      {status && model ? (
        <Tabs label="Controls" tabs={tabsOf()} selected={selected} onSelect={onSelect} />
      ) : (
        <p className="hint">Waiting for the server…</p>
      )}
    </section>
  );

  function tabsOf(): readonly Tab<LabTab>[] {
    if (!status || !model) return [];
    const { faults, last_death: death, last_rebuild: rebuild } = status;
    return [
      {
        id: "projector",
        title: "Projector",
        mark: status.delay_ms > 0 || model.state === "paused",
        content: () => (
          <>
            <div className="controls four">
              <DelaySlider delayMs={status.delay_ms} />
              <PauseControl model={model} />
              <RebuildControl mode="in place" status={status} />
              <RebuildControl mode="beside" status={status} />
            </div>
            <Happened
              text={rebuild ? rebuildInWords(rebuild, model.state === "paused") : undefined}
              isWorthSaying={rebuild?.state !== "running"}
            />
          </>
        ),
      },
      {
        id: "crashes",
        title: "Crashes",
        mark: faults.crash !== "never",
        content: () => (
          <>
            <div className="controls four">
              <CrashControl when="before" status={status} />
              <CrashControl when="after" status={status} />
              <WorkersControl status={status} />
            </div>
            <Happened
              text={death ? deathInWords(death) : undefined}
              isWorthSaying={death?.successor !== null}
            />
          </>
        ),
      },
      {
        id: "deliveries",
        title: "Deliveries",
        mark: faults.duplicates || faults.wake_ups !== "on time",
        content: () => (
          <div className="controls two">
            <DuplicatesControl status={status} />
            <WakeUpsControl status={status} />
          </div>
        ),
      },
      {
        id: "poison",
        title: "Poison events",
        mark: faults.bug || status.dead_letters > 0 || model.state === "stopped",
        content: () => (
          <>
            <div className="controls three">
              <PoisonControls status={status} model={model} send={send} />
            </div>
            <DeadLetters status={status} />
          </>
        ),
      },
      {
        id: "cost",
        title: "Cost",
        mark: status.burst?.state === "running",
        content: () => <Burst status={status} />,
      },
      { id: "ordering", title: "Ordering", content: () => <Ordering store={status.store} /> },
    ];
  }
}
