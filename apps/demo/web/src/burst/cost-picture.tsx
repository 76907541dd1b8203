import { useMemo } from "react";
import { formatCount, formatMs } from "../ui/format.ts";
import { Term } from "../ui/term.tsx";
import type { Bucket, Figures } from "./figures.ts";
import { figuresOf, histogram } from "./figures.ts";
import type { Cost } from "./use-cost.ts";
import { useCostSamples } from "./use-cost.ts";

/** Puts the two prices beside each other: what a command took, and what a reader of the eventual model waited. */
export function CostPicture({ cost }: { cost: Cost }) {
  const { latenciesMs, lagsMs } = useCostSamples(cost);
  const latency = useMemo(() => histogram(latenciesMs), [latenciesMs]);
  const lag = useMemo(() => histogram(lagsMs), [lagsMs]);
  return (
    <>
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Number</th>
            <th scope="col">
              <Term name="p50" />
            </th>
            <th scope="col">
              <Term name="p99" />
            </th>
            <th scope="col">longest</th>
          </tr>
        </thead>
        <tbody>
          <FiguresRow side="sync" title="Command latency" figures={figuresOf(latenciesMs)} />
          <FiguresRow side="eventual" title="Read lag" figures={figuresOf(lagsMs)} />
        </tbody>
      </table>
      <Histogram latency={latency} lag={lag} />
    </>
  );
}

function FiguresRow(props: { side: string; title: string; figures: Figures | undefined }) {
  const { side, title, figures } = props;
  return (
    <tr data-side={side}>
      <th scope="row">
        <span className="swatch" /> {title}
      </th>
      <td>{formatCount(figures?.count ?? 0)}</td>
      <td>{figures ? formatMs(figures.p50) : "–"}</td>
      <td>{figures ? formatMs(figures.p99) : "–"}</td>
      <td>{figures ? formatMs(figures.max) : "–"}</td>
    </tr>
  );
}

/** Draws both distributions over one axis of time, each as a share of its own total. The table has the numbers. */
function Histogram({ latency, lag }: Record<"latency" | "lag", readonly Bucket[]>) {
  const highest = Math.max(shareOf(latency), shareOf(lag), Number.EPSILON);
  const empty = latency.concat(lag).every(({ count }) => count === 0);
  return (
    <div className="histogram" aria-hidden="true">
      {empty && <p className="hint">Send a command, or a burst of them.</p>}
      {latency.map(({ fromMs, count }, index) => (
        <div key={fromMs} className="column">
          <span
            className="bar"
            data-side="sync"
            style={{ "--share": count / total(latency) / highest }}
          />
          <span
            className="bar"
            data-side="eventual"
            style={{ "--share": (lag[index]?.count ?? 0) / total(lag) / highest }}
          />
          <span className="tick">{tick(fromMs)}</span>
        </div>
      ))}
    </div>
  );
}

function shareOf(buckets: readonly Bucket[]): number {
  return Math.max(...buckets.map(({ count }) => count)) / total(buckets);
}

function total(buckets: readonly Bucket[]): number {
  return Math.max(
    1,
    buckets.reduce((sum, { count }) => sum + count, 0),
  );
}

function tick(ms: number): string {
  if (ms === 0) return "0 ms";
  return ms < 1_000 ? String(ms) : `${ms / 1_000} s`;
}
