import type { LabStatus, ModelStatus } from "../../../server/lab/status.ts";

/** An event as `/events` sends it. */
export interface LogEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly position: number;
  readonly version: number;
  readonly recordedAt: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type Connection = "connecting" | "live" | "lost";

/** Everything that the page knows by being told. */
export interface LiveState {
  readonly connection: Connection;
  readonly status: LabStatus | undefined;
  /** Since when, on the page's clock, the eventual model has been behind; `undefined` while it is not. */
  readonly behindSinceMs: number | undefined;
  /** The newest events, oldest first, at most `KEPT_EVENTS`. */
  readonly events: readonly LogEvent[];
  /** The highest position heard of: events tend to arrive before the status that counts them. */
  readonly head: number;
  /** How often the log turned out to be another one, as when a server that keeps it in memory starts anew. */
  readonly epoch: number;
}

export type LiveAction =
  | { readonly type: "connected" }
  | { readonly type: "lost" }
  | { readonly type: "status"; readonly status: LabStatus; readonly nowMs: number }
  | { readonly type: "events"; readonly events: readonly LogEvent[]; readonly nowMs: number };

export const KEPT_EVENTS = 60;

export const nothingYet: LiveState = {
  connection: "connecting",
  status: undefined,
  behindSinceMs: undefined,
  events: [],
  head: 0,
  epoch: 0,
};

/** Folds what the server tells into what the page knows. */
export function liveReducer(state: LiveState, action: LiveAction): LiveState {
  switch (action.type) {
    case "connected":
      return { ...state, connection: "live" };
    case "lost":
      return { ...state, connection: "lost" };
    case "status":
      return withStatus(state, action.status, action.nowMs);
    case "events":
      return withEvents(state, action.events, action.nowMs);
  }
}

/** The status of one of the two models, when there is any. */
export function modelOf(
  { status }: Pick<LiveState, "status">,
  consistency: ModelStatus["consistency"],
): ModelStatus | undefined {
  return status?.models.find((model) => model.consistency === consistency);
}

/** How far the eventual model is behind at this moment, so that the page's number moves while nothing is said. */
export function lagNow(live: LiveState, nowMs: number): { events: number; ms: number } {
  const model = modelOf(live, "eventual");
  if (!model || live.behindSinceMs === undefined) return { events: 0, ms: 0 };
  return { events: live.head - model.position, ms: Math.max(0, nowMs - live.behindSinceMs) };
}

function withStatus(state: LiveState, status: LabStatus, nowMs: number): LiveState {
  const anew = status.head < (state.status?.head ?? 0);
  const { connection, epoch } = state;
  const known = anew ? { ...nothingYet, connection, epoch: epoch + 1 } : state;
  const head = Math.max(known.head, status.head);
  return { ...known, status, head, behindSinceMs: behindSince(known, status, head, nowMs) };
}

/** A stream that begins again may repeat events; they are known by their positions. */
function withEvents(state: LiveState, given: readonly LogEvent[], nowMs: number): LiveState {
  const last = state.events.at(-1)?.position ?? 0;
  const fresh = given.filter(({ position }) => position > last);
  if (fresh.length === 0) return state;
  const events = [...state.events, ...fresh].slice(-KEPT_EVENTS);
  const head = Math.max(state.head, events.at(-1)?.position ?? 0);
  const behind = head > (modelOf(state, "eventual")?.position ?? head);
  return {
    ...state,
    events,
    head,
    behindSinceMs: behind ? (state.behindSinceMs ?? nowMs) : undefined,
  };
}

function behindSince(
  { behindSinceMs }: LiveState,
  status: LabStatus,
  head: number,
  nowMs: number,
): number | undefined {
  const model = modelOf({ status }, "eventual");
  if (!model || model.position >= head) return undefined;
  return model.lag.events > 0 ? nowMs - model.lag.ms : (behindSinceMs ?? nowMs);
}
