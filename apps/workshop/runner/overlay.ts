import { typed } from "./keys.ts";
import type { Look } from "./render.ts";

/** Something that lies over the screen until a key takes it away. */
export type Overlay =
  | TextOverlay
  | { readonly kind: "list"; index: number }
  | { readonly kind: "question"; readonly text: string; readonly yes: () => void }
  | {
      readonly kind: "input";
      readonly text: string;
      value: string;
      readonly done: (value: string) => void;
    };

/** A page to scroll through. */
export interface TextOverlay {
  readonly kind: "text";
  readonly title: string;
  readonly lines: (look: Look) => readonly string[];
  scroll: number;
}

/** What an overlay makes of a key. */
export interface Pressed {
  /** Whether the key was meant for it; otherwise it goes to what lies below. */
  readonly isTaken: boolean;
  /** What lies over the screen now. */
  readonly overlay?: Overlay | undefined;
}

/** Where keys move in, and what is chosen there. */
export interface OverlayBounds {
  /** Lines of a page. */
  readonly page: number;
  /** How many rows a list has. */
  readonly rows: number;
  readonly choose: (index: number) => void;
}

const STEPS = { up: -1, k: -1, down: 1, j: 1 };
const GONE: Pressed = { isTaken: true };
const NOT_MINE: Pressed = { isTaken: false };

/** Hands a key to what lies over the screen. */
export function press(overlay: Overlay, key: string, bounds: OverlayBounds): Pressed {
  if (overlay.kind === "question") {
    if (key === "y") overlay.yes();
    return GONE;
  }
  if (overlay.kind === "input") {
    if (key === "enter") overlay.done(overlay.value);
    if (key === "enter" || key === "escape") return GONE;
    return { isTaken: true, overlay: { ...overlay, value: typed(overlay.value, key) } };
  }
  if (key === "back" || key === "escape" || key === "q") return GONE;
  if (key === "enter") {
    if (overlay.kind === "list") bounds.choose(overlay.index);
    return GONE;
  }
  const step = stepOf(key, bounds.page);
  if (step === undefined) return NOT_MINE;
  if (overlay.kind === "text") overlay.scroll = Math.max(0, overlay.scroll + step);
  else overlay.index = Math.min(bounds.rows - 1, Math.max(0, overlay.index + step));
  return { isTaken: true, overlay };
}

function stepOf(key: string, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...STEPS,
    "page up": -page,
    "page down": page,
    space: page,
  };
  return steps[key];
}
