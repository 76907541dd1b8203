import type { ReactNode } from "react";
import { useId, useRef } from "react";

const TERMS = {
  position: "An event’s place in the whole log. Positions only ever grow.",
  checkpoint:
    "The position up to which a read model is built. It is stored in the same transaction as the rows, so both always agree.",
  lag: "How far a read model is behind the log: in events, and as the age of the oldest event that it has not applied.",
  token:
    "A write answers with a consistency token. A read that brings it along waits until the read model is at least that fresh.",
  projector:
    "The runner that follows the log and applies each event to the eventual read model. It can stop and go on: its checkpoint says where.",
  lease:
    "The right to apply events, for a short while, and prolonged by whoever has it. Who dies cannot prolong it: it runs out, and another takes over.",
  deadLetters:
    "Events that could not be applied, kept with their error until somebody retries or discards them. The log has them all the same.",
  log: "Every change, in order, for ever. Both read models are built from it and from nothing else.",
  head: "The newest position in the log.",
  stale: "A read is stale when it shows how things were before the write that came first.",
  latency:
    "How long a command took, from the bus to its answer. Every inline projection is part of it.",
  readLag:
    "How long after its answer a command was to be seen in the eventual read model: what a reader with the token waits.",
  p50: "Half of them took this long or less.",
  p99: "99 of 100 took this long or less.",
  correlation:
    "Ties together everything that one request from outside has set off. Clients may bring an id of their own.",
  causation: "The id of the message that caused this event: here, of the command.",
  command: "Asks the write side to change something. It is accepted or refused as a whole.",
  transaction:
    "A group of changes that happens as a whole, or not at all. Others see nothing of it before it commits.",
  cursor: "The one number that a reader keeps: the highest position that it has seen.",
  inFlight:
    "In flight is an append that has begun and not ended. Each has its entry in a list that readers look at.",
  serialized:
    "One after the other, by a lock that only one transaction can hold. The next one waits for it to end.",
  fence:
    "xmin is Postgres’s name for the oldest transaction that is still open. The fence stands there: nothing younger is read.",
  rollback: "The end of a transaction of which nothing remains. The position it drew stays unused.",
  lost: "Committed, and never read: the reader’s cursor had passed it, and nobody goes back.",
  heldBack:
    "Committed, and left for later: how many events at the most, and how long after a look that could have given them.",
  advisoryLock:
    "A lock on a number instead of on a row; what it means is up to the program. It goes with its transaction.",
  actor:
    "Who is responsible: the subject of the token. An open demo knows nobody, so everybody is anonymous.",
} as const;

export type TermName = keyof typeof TERMS;

/** Explains a word: on hover, on tap and from the keyboard. */
export function Term({ name, children }: { name: TermName; children?: ReactNode }) {
  const id = useId();
  const word = useRef<HTMLButtonElement>(null);
  const text = useRef<HTMLSpanElement>(null);

  return (
    <span className="term">
      <dfn>
        <button
          ref={word}
          type="button"
          className="term-word"
          popoverTarget={id}
          popoverTargetAction="show"
          onPointerEnter={({ pointerType }) =>
            pointerType === "mouse" && text.current?.togglePopover(true)
          }
          onPointerLeave={({ pointerType }) =>
            pointerType === "mouse" && text.current?.togglePopover(false)
          }
          onBlur={() => text.current?.togglePopover(false)}
        >
          {children ?? name}
        </button>
      </dfn>
      <span
        ref={text}
        id={id}
        popover="auto"
        className="term-text"
        onBeforeToggle={() => place(word.current, text.current)}
      >
        {TERMS[name]}
      </span>
    </span>
  );
}

const GAP_PX = 6;
const WIDTH_PX = 300;

/** Below the word, or above it where there is no room below; never beyond the edge of the window. */
function place(word: HTMLElement | null, text: HTMLElement | null): void {
  if (!word || !text) return;
  const { left, top, bottom } = word.getBoundingClientRect();
  const width = Math.min(WIDTH_PX, innerWidth - 2 * GAP_PX);
  const below = bottom < innerHeight * 0.75;
  text.style.width = `${width}px`;
  text.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
  text.style.top = below ? `${bottom + GAP_PX}px` : "auto";
  text.style.bottom = below ? "auto" : `${innerHeight - top + GAP_PX}px`;
}
