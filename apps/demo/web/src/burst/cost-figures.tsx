import type { BurstStatus } from "../../../server/lab/burst/bursts.ts";
import type { Distribution } from "../../../server/lab/burst/distribution.ts";
import { formatCount, formatMs } from "../ui/format.ts";
import { Term } from "../ui/term.tsx";

/** Puts the two prices beside each other: what a command took, and what a reader of the eventual model waited. */
export function CostFigures({ burst }: { burst: BurstStatus | null }) {
  return (
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
        <FiguresRow side="sync" of={burst?.latency}>
          Command <Term name="latency" />
        </FiguresRow>
        <FiguresRow side="eventual" of={burst?.lag}>
          <Term name="readLag">Read lag</Term>
        </FiguresRow>
      </tbody>
    </table>
  );
}

interface FiguresRowProps {
  readonly side: "sync" | "eventual";
  readonly of: Distribution | undefined;
  readonly children: React.ReactNode;
}

function FiguresRow({ side, of, children }: FiguresRowProps) {
  return (
    <tr data-side={side}>
      <th scope="row">
        <span className="swatch" /> {children}
      </th>
      <td>{formatCount(of?.count ?? 0)}</td>
      <td>{inMs(of?.p50_ms)}</td>
      <td>{inMs(of?.p99_ms)}</td>
      <td>{inMs(of?.max_ms)}</td>
    </tr>
  );
}

/** What each number of inline projections has cost so far: the price of being synchronous, next to that of being late. */
export function CostResults({ results }: { results: readonly BurstStatus[] }) {
  if (results.length === 0) return null;
  return (
    <table className="figures cost-results">
      <caption>
        Whole bursts so far
        {results.some(({ inline }) => inline === 1) && (
          <small> The store with 1 is the demo’s own, which serves this page as well.</small>
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">Inline</th>
          <th scope="col">Commands</th>
          <th scope="col">Latency p50</th>
          <th scope="col">p99</th>
          <th scope="col">Lag p50</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        {results.map(({ inline, accepted, latency, lag }) => (
          <tr key={inline}>
            <th scope="row">{inline}</th>
            <td>{formatCount(accepted)}</td>
            <td data-side="sync">{inMs(latency.p50_ms)}</td>
            <td data-side="sync">{inMs(latency.p99_ms)}</td>
            <td data-side="eventual">{inMs(lag.p50_ms)}</td>
            <td data-side="eventual">{inMs(lag.p99_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function inMs(ms: number | null | undefined): string {
  if (ms == null) return "–";
  return ms < 0.095 ? `${ms.toFixed(2)} ms` : formatMs(ms); // a store in memory answers that fast
}
