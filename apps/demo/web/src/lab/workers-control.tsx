import type { LabStatus } from "../../../server/lab/status.ts";
import { api } from "../api/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Term } from "../ui/term.tsx";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

/** Adds workers that stand by, and kills the one that leads. */
export function WorkersControl({ status: { workers } }: { status: LabStatus }) {
  const add = useControl();
  const kill = useControl();
  const alone = workers.length < 2;

  return (
    <>
      <Control
        id="add-will"
        will={
          <>
            Another worker starts and stands by: one holds the <Term name="lease" /> and applies
            events, the others only watch.
          </>
        }
        did={add.outcome}
      >
        <button
          type="button"
          className="wide"
          disabled={add.busy}
          aria-describedby="add-will"
          onClick={() => void add.run(() => api.lab.workers.$post({}), "One more stands by.")}
        >
          <Icon name="add" /> Add a worker
        </button>
        <ul className="workers" aria-label="Workers">
          {workers.map(({ name, leads }) => (
            <li key={name} data-leads={leads}>
              {name} <span>{leads ? "leads" : "stands by"}</span>
            </li>
          ))}
        </ul>
      </Control>
      <Control
        id="kill-will"
        will={
          alone
            ? "Needs a second worker: somebody has to take over."
            : "Kills the worker that leads; it gives nothing back, and its lease has to run out."
        }
        did={kill.outcome}
      >
        <button
          type="button"
          className="wide"
          disabled={kill.busy || alone}
          aria-describedby="kill-will"
          onClick={() => void kill.run(() => api.lab.workers["kill-leader"].$post({}))}
        >
          <Icon name="remove" /> Kill the leader
        </button>
      </Control>
    </>
  );
}
