import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api } from "../api/client.ts";
import { formatMoment } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import type { TermName } from "../ui/term.tsx";
import { Term } from "../ui/term.tsx";
import type { HistoryRow } from "./history-rows.ts";
import { historyRows } from "./history-rows.ts";

interface HistoryDrawerProps {
  readonly user: { readonly id: string; readonly name: string };
  /** Whatever tells that there may be more history. */
  readonly head: number;
  readonly onClose: () => void;
}

/** Tells one user's audit trail: who did what, when and why, and what the row looked like then. */
export function HistoryDrawer({ user, head, onClose }: HistoryDrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["history", user.id],
    queryFn: () => readHistory(user.id),
    retry: false,
    gcTime: 0,
  });

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => void refetch(), [head, refetch]);

  return (
    <dialog ref={dialog} className="drawer" aria-labelledby="history" onClose={onClose}>
      <div className="card-head">
        <h2 id="history">History of {user.name}</h2>
        <button type="button" className="icon-button" onClick={() => dialog.current?.close()}>
          <Icon name="remove" />
          <span className="unseen">Close</span>
        </button>
      </div>
      <p className="hint">
        Read from the <Term name="log" /> itself: nothing was ever overwritten.
      </p>
      {error && <p className="error">{error.message}</p>}
      <ol className="history">
        {data?.toReversed().map((row) => (
          <Change key={row.change.event_id} {...row} />
        ))}
      </ol>
    </dialog>
  );
}

function Change({ change, what, row }: HistoryRow) {
  return (
    <li>
      <h3>{what}</h3>
      <dl>
        <Line term="Who" name="actor">
          {change.actor ?? "unknown"}
        </Line>
        <Line term="When">
          <time dateTime={change.recorded_at}>{formatMoment(new Date(change.recorded_at))}</time>
        </Line>
        <Line term="Why" name="command">
          {change.command ?? "unknown"}
        </Line>
        <Line term="Cause" name="causation">
          <code>{change.causation_id ?? "none"}</code>
        </Line>
        <Line term="Correlation" name="correlation">
          <code>{change.correlation_id ?? "none"}</code>
        </Line>
        <Line term="Where" name="position">
          position {change.position}, version {change.version}
        </Line>
        <Line term="Row then">{row ? `${row.name}, ${row.email}` : "gone"}</Line>
      </dl>
    </li>
  );
}

interface LineProps {
  readonly term: string;
  readonly name?: TermName;
  readonly children: React.ReactNode;
}

function Line({ term, name, children }: LineProps) {
  return (
    <div>
      <dt>{name ? <Term name={name}>{term}</Term> : term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

async function readHistory(id: string): Promise<readonly HistoryRow[]> {
  const response = await api.users[":id"].history.$get({ param: { id }, query: {} });
  if (!response.ok) throw new Error(`The history could not be read: status ${response.status}.`);
  const { events } = await response.json();
  return historyRows(events);
}
