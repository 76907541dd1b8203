import type { RecordedEvent } from "@counterpoint/events";
import { handlerFailed, keyOf, keyOrNone, reasonOf } from "./event-key.ts";
import type { Stretch } from "./log-walk.ts";
import type { ProgressStore } from "./progress-store.ts";
import type { Reaction } from "./reactor.ts";
import { isReadModelError } from "./read-model-error.ts";

/**
 * Has a reaction carried out, one event at a time, each followed by its checkpoint: as little as possible is repeated after
 * a crash. Ends early when it should go on no more.
 *
 * @throws {ReadModelError} `HANDLER_FAILED` on the culprit; what comes before it is done.
 */
export async function carryOut(
  store: ProgressStore,
  reaction: Reaction,
  { events, step, reached, goesOn }: Stretch,
): Promise<void> {
  const { lease } = step;
  const under = lease && { lease };
  const keys = new Set(events.map((event) => keyOrNone(reaction, event)));
  const parked = new Set(await store.parkedKeys(reaction.name, [...keys]));
  let { from } = step;
  for (const event of events) {
    if (!goesOn()) return;
    const key = keyOf(reaction, event);
    if (key === undefined) continue;
    if (parked.has(key)) {
      const poison = { event, error: "", attempts: 0, policy: "behind" } as const;
      const waits = await settles(() =>
        store.advance(reaction, { from, to: event.position, ...under, poison }),
      );
      if (waits) {
        from = event.position;
        reached(from);
        continue;
      }
      parked.delete(key);
    }
    await react(reaction, event);
    await store.advance(reaction, { from, to: event.position, ...under });
    from = event.position;
    reached(from);
  }
  if (from < step.to || step.poison) await store.advance(reaction, { ...step, from });
  reached(step.to);
}

/** @throws {ReadModelError} `HANDLER_FAILED` */
export async function react(reaction: Reaction, event: RecordedEvent): Promise<void> {
  try {
    await reaction.react(event, { idempotencyKey: event.metadata.id });
  } catch (cause) {
    throw handlerFailed(reaction, event, reasonOf(cause), { cause });
  }
}

/** @returns `false` when the key is parked no more: somebody has closed its last letter since. */
async function settles(setBehind: () => Promise<void>): Promise<boolean> {
  try {
    await setBehind();
    return true;
  } catch (error) {
    if (isReadModelError(error, "DEAD_LETTER_NOT_FOUND")) return false;
    throw error;
  }
}
