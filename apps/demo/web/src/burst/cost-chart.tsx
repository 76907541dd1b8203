import { useEffect, useRef } from "react";
import "./known-language.ts";
import uPlot from "uplot";
import { BOUNDS_MS } from "../../../server/lab/burst/distribution.ts";
import type { Distribution } from "../../../server/lab/burst/distribution.ts";

interface CostChartProps {
  readonly latency: Distribution;
  readonly lag: Distribution;
}

/** Draws both distributions over one axis of time, each as a share of its own total. The table has the numbers. */
export function CostChart({ latency, lag }: CostChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);

  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const made = new uPlot(optionsOf(current), [[0], [null], [null]], current);
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: current.clientWidth, height: current.clientHeight }),
    );
    resized.observe(current);
    const repaint = () => made.redraw(false, true);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", repaint);
    const themed = new MutationObserver(repaint);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener("change", repaint);
      made.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(dataOf(latency, lag)), [latency, lag]);

  return <div ref={box} className="cost-chart" aria-hidden="true" />;
}

function optionsOf(box: HTMLElement): uPlot.Options {
  const { fontSize, fontFamily } = getComputedStyle(box);
  const textPx = Number.parseFloat(fontSize);
  const axis = {
    stroke: () => colour(box, "--muted"),
    grid: { show: false },
    font: `${fontSize} ${fontFamily}`,
    size: 2.4 * textPx,
  };
  const ticks = { stroke: () => colour(box, "--line") };
  return {
    width: Math.max(1, box.clientWidth),
    height: Math.max(1, box.clientHeight),
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false },
      y: { range: (_plot, _min, max) => [0, Math.max(10, 1.05 * (max ?? 0))] },
    },
    axes: [
      { ...axis, ticks, splits: decades, values: (_plot, splits) => splits.map(labelOf) },
      {
        ...axis,
        ticks,
        size: 3.8 * textPx,
        values: (_plot, splits) => splits.map((share) => `${share} %`),
      },
    ],
    series: [{}, seriesOf(box, "--sync-line", []), seriesOf(box, "--eventual-line", [6, 4])],
    hooks: { draw: [(plot) => drawMedians(plot, box)] },
  };
}

function seriesOf(box: HTMLElement, name: string, dash: number[]): uPlot.Series {
  return {
    ...{ width: 2.5, dash, points: { show: false } },
    stroke: () => colour(box, name),
    fill: () => `color-mix(in srgb, ${colour(box, name)} 22%, transparent)`,
    paths: uPlot.paths.stepped!({ align: 1 }), // the full build has it
  };
}

/** The columns that have anything in them, with a little room on both sides. */
function dataOf(latency: Distribution, lag: Distribution): uPlot.AlignedData {
  const used = BOUNDS_MS.map((_, index) => index).filter(
    (index) => (latency.columns[index] ?? 0) + (lag.columns[index] ?? 0) > 0,
  );
  const from = Math.max(0, (used[0] ?? 10) - 2);
  const to = Math.min(BOUNDS_MS.length, Math.max((used.at(-1) ?? 20) + 3, from + 10));
  const columns = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  const shares = ({ columns: counts, count }: Distribution) =>
    columns.map((index) => ((counts[index] ?? 0) / Math.max(1, count)) * 100);
  return [columns, shares(latency), shares(lag)];
}

/** A column for each decade of time: 0.01 ms, 0.1 ms, 1 ms… */
function decades(_plot: uPlot, _axis: number, min: number, max: number): number[] {
  const marks = BOUNDS_MS.map((_, index) => index).filter((index) => index % 5 === 1);
  return marks.filter((index) => index >= min && index <= max);
}

function labelOf(column: number): string {
  const ms = BOUNDS_MS[column] ?? 0;
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

/** A line down from the middle of each distribution. */
function drawMedians({ ctx, data, bbox, valToPos }: uPlot, box: HTMLElement): void {
  const [columns, ...series] = data;
  const names = ["--sync", "--eventual"];
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  series.forEach((shares, index) => {
    const middle = middleOf(columns, shares);
    if (middle === undefined) return;
    const x = Math.round(valToPos(middle, "x", true));
    ctx.strokeStyle = colour(box, names[index] ?? "--text");
    ctx.setLineDash(index === 0 ? [] : [6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  });
  ctx.restore();
}

function middleOf(
  columns: ArrayLike<number>,
  shares: ArrayLike<number | null | undefined>,
): number | undefined {
  let sum = 0;
  for (let index = 0; index < shares.length; index++) {
    const share = shares[index] ?? 0;
    if (sum + share >= 50) return (columns[index] ?? 0) + (50 - sum) / share;
    sum += share;
  }
  return undefined;
}

function colour(box: HTMLElement, name: string): string {
  probe ??= document.createElement("span");
  probe.style.color = `var(${name})`;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Custom properties keep `light-dark()` as it is written; only a real colour says which of the two it is. */
let probe: HTMLSpanElement | undefined;
