import type { Death } from "../../../server/lab/chronicle.ts";
import type { FaultCounts } from "../../../server/lab/faults.ts";
import type { LabStatus } from "../../../server/lab/status.ts";
import type { RebuildStatus } from "../../../server/lab/rebuilds.ts";
import { counted, formatCount, formatMs } from "../ui/format.ts";

/** Tells how a worker came to its end, who went on, and why nothing was lost. */
export function deathInWords(death: Death): string {
  return `${endOf(death)} ${successionOf(death)}`;
}

function endOf({ how, worker, batch, checkpoint }: Death): string {
  const at = checkpoint === null ? "" : `, checkpoint ${formatCount(checkpoint)}`;
  if (how === "killed" || !batch) return `${worker} was killed${at}.`;
  const stretch =
    batch.events === 1
      ? `position ${formatCount(batch.to)}`
      : `positions ${formatCount(batch.from + 1)} to ${formatCount(batch.to)}`;
  return how === "crashed before"
    ? `${worker} died before the transaction with ${stretch}: nothing of it was stored${at}.`
    : `${worker} died after the transaction with ${stretch}: all of it was stored${at}.`;
}

function successionOf({ how, successor, batch, applied_by_successor }: Death): string {
  if (!successor) return "Its lease has to run out before another worker may go on: about 2 s.";
  const after = `${successor.worker} took over after ${formatMs(successor.after_ms)}, from ${formatCount(successor.from)}`;
  if (how === "killed" || !batch) {
    return `${after}. Nothing was lost: where to go on stands in the store, not in the worker.`;
  }
  const again = `${formatCount(applied_by_successor)} of the ${counted(batch.events, "event")}`;
  return how === "crashed before"
    ? `${after}, and has applied ${again}. Nothing was lost: the checkpoint only moves together with the rows.`
    : `${after}, and has applied ${again} again. Nothing was doubled: the checkpoint was stored with the rows.`;
}

/** Tells what became of second deliveries; `undefined` while there were none. */
export function duplicatesInWords(counts: FaultCounts): string | undefined {
  const { batches_delivered_twice: twice, second_deliveries_refused: refused } = counts;
  if (twice === 0) return undefined;
  const batches = twice === 1 ? "1 batch was" : `${formatCount(twice)} batches were`;
  return (
    `${batches} delivered twice, and the store refused ${formatCount(refused)} second ${refused === 1 ? "delivery" : "deliveries"}. ` +
    `Of ${counted(counts.events_applied, "event")}, ${formatCount(counts.events_applied_twice)} took effect twice: ` +
    "a batch must continue the checkpoint, and the first delivery has moved it."
  );
}

/** Tells what became of wake-ups that came late or never; `undefined` while all came on time. */
export function wakeUpsInWords({ counts, head, models }: LabStatus): string | undefined {
  const { wake_ups_late: late, wake_ups_dropped: dropped } = counts;
  if (late + dropped === 0) return undefined;
  const parts = [
    late > 0 ? `${formatCount(late)} came late` : "",
    dropped > 0 ? `${formatCount(dropped)} never came` : "",
  ].filter((part) => part !== "");
  const position = models.find(({ consistency }) => consistency === "eventual")?.position ?? 0;
  const reached =
    position >= head
      ? `the checkpoint is at the head, ${formatCount(head)}, all the same`
      : `the checkpoint is at ${formatCount(position)} of ${formatCount(head)}`;
  return `Of the wake-ups, ${parts.join(" and ")}; ${reached}. A wake-up is only a hint: the worker also looks by itself.`;
}

/** Tells how a rebuild goes or went, and what its readers saw meanwhile. */
export function rebuildInWords(rebuild: RebuildStatus, isPaused: boolean): string {
  const { mode, state, position, target, ms, reads, fewest_users, users_before, error } = rebuild;
  if (state === "failed") return `The rebuild has failed: ${error ?? "nobody knows why"}.`;
  if (state === "running") {
    if (mode === "in place" && isPaused) return "Emptied. It is paused, so the replay waits.";
    const done = `${formatCount(position)} of ${formatCount(target)}`;
    return mode === "in place"
      ? `Emptied. Replaying: ${done}.`
      : `Building beside: ${done}. The old one answers meanwhile.`;
  }
  const seen = `${formatCount(fewest_users)} of ${counted(users_before, "user")}`;
  return mode === "in place"
    ? `Rebuilt in place up to position ${formatCount(target)} in ${formatMs(ms)}. Who looked meanwhile (${counted(reads, "read")}) saw as few as ${seen}.`
    : `Rebuilt beside up to position ${formatCount(target)} in ${formatMs(ms)}, then swapped in. Who looked meanwhile (${counted(reads, "read")}) never saw fewer than ${seen}.`;
}
