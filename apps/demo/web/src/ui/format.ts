const NUMBER = new Intl.NumberFormat("en");
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Writes a number with its thousands apart. */
export function formatCount(count: number): string {
  return NUMBER.format(count);
}

/** Writes a count and its noun: `1 event`, `2 events`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Writes a duration as precisely as people read it: `0.4 ms`, `12 ms`, `1.3 s`. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms === 0 ? "0" : ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Writes the time of day. */
export function formatTime(moment: Date): string {
  return TIME.format(moment);
}

/** Writes date and time. */
export function formatMoment(moment: Date): string {
  return MOMENT.format(moment);
}
