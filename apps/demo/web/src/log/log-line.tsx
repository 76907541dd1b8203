import type { ReactNode } from "react";
import { useRef } from "react";
import type { LogEvent } from "../live/live-state.ts";
import { counted, formatCount } from "../ui/format.ts";
import type { IconName } from "../ui/icon.tsx";
import { Icon } from "../ui/icon.tsx";
import { Term } from "../ui/term.tsx";
import type { LogCell } from "./log-geometry.ts";
import { fittingCells, logWindow } from "./log-geometry.ts";
import { useWidth } from "./use-width.ts";

interface LogLineProps {
  readonly events: readonly LogEvent[];
  readonly head: number;
  /** How far the eventual model is. */
  readonly checkpoint: number;
}

/** How wide a cell is, in root font sizes; the style sheet has the same number. */
const CELL_REM = 3;

/** Shows the end of the log as a moving line, and under it how far each read model is. */
export function LogLine({ events, head, checkpoint }: LogLineProps) {
  const track = useRef<HTMLDivElement>(null);
  const { widthPx, remPx } = useWidth(track);
  const fitting = fittingCells(widthPx, CELL_REM * remPx);
  const { cells, behind, checkpointHidden } = logWindow(events, checkpoint, fitting);
  const lagging = Math.max(0, head - checkpoint);

  return (
    <section className="card log" aria-labelledby="log">
      <div className="card-head">
        <h2 id="log">
          The <Term name="log" />
        </h2>
        <p className="hint">
          <Term name="head">Head</Term> <strong>{formatCount(head)}</strong>
        </p>
      </div>
      <p className="unseen">
        The log stands at {head}. The synchronous model is at {head}, the eventually consistent one
        at {checkpoint}: {counted(lagging, "event")} behind.
      </p>
      <div ref={track} className="track" aria-hidden="true">
        <ol className="cells">
          {cells.map((cell) => (
            <Cell key={cell.event.position} cell={cell} />
          ))}
          {cells.length === 0 && <li className="no-cells">No event yet</li>}
        </ol>
        <Lane side="sync" behind={0} room={fitting}>
          Synchronous {formatCount(head)}
        </Lane>
        <Lane side="eventual" behind={checkpointHidden ? Infinity : behind} room={fitting - behind}>
          {checkpointHidden && <Icon name="newer" />} Eventual {formatCount(checkpoint)}
        </Lane>
      </div>
    </section>
  );
}

const KINDS: Readonly<Record<string, { icon: IconName; label: string }>> = {
  UserRegistered: { icon: "add", label: "registered" },
  UserRenamed: { icon: "rename", label: "renamed" },
  UserRemoved: { icon: "remove", label: "removed" },
};

function Cell({ cell: { event, place, applied } }: { cell: LogCell }) {
  const kind = KINDS[event.type];
  const { name } = event.payload;
  const title = `${event.position}: ${event.type}${typeof name === "string" ? `, ${name}` : ""}`;
  return (
    <li className="cell" data-applied={applied} style={{ "--place": place }} title={title}>
      <span className="token">
        <Icon name={kind?.icon ?? "example"} />
      </span>
      <span className="number">{event.position}</span>
    </li>
  );
}

interface LaneProps {
  readonly side: "sync" | "eventual";
  readonly behind: number;
  /** How many cells the line is long. */
  readonly room: number;
  readonly children: ReactNode;
}

/** More cells than any screen has. */
const BEYOND = 1_000;
/** How many cells the words at the end of a line need. */
const WORDS = 4;

/** A line from the left to where a model stands; the rest, up to the head, is what it lacks. */
function Lane({ side, behind, room, children }: LaneProps) {
  return (
    <div className="lane" data-side={side} style={{ "--behind": Math.min(behind, BEYOND) }}>
      <span className="lane-done" />
      <span className="lane-end" data-room={room < WORDS ? "small" : "enough"}>
        {children}
      </span>
    </div>
  );
}
