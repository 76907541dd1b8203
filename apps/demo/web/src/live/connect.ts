import type { LabStatus } from "../../../server/lab/status.ts";
import type { LogEvent } from "./live-state.ts";
import { KEPT_EVENTS } from "./live-state.ts";

/** What the page wants to hear. */
export interface LiveListener {
  onConnection(connected: boolean): void;
  onStatus(status: LabStatus): void;
  onEvents(events: readonly LogEvent[]): void;
}

export interface ConnectOptions {
  /** Opens a stream of server-sent events. */
  readonly open: (url: string) => EventSource;
  /** Calls back after a while; returns how to call that off. */
  readonly after: (ms: number, act: () => void) => () => void;
}

/** How long to gather what follows an event that was handed over. */
const GATHER_MS = 100;
/** Browsers try again by themselves when a connection breaks, but not when the answer was no stream. */
const AGAIN_MS = 1_500;

/**
 * Follows the server's instruments and the end of its log until the returned function is called.
 *
 * The log is followed from a little before the head that the first status tells, after every reconnection anew: the page
 * shows the end of the log, and a server that starts anew may have another log.
 */
export function connectLive(listener: LiveListener, { open, after }: ConnectOptions): () => void {
  let gathered: LogEvent[] = [];
  let events: EventSource | undefined;
  let status = openStatus();
  let cancelGather: (() => void) | undefined;
  let cancelAgain: (() => void) | undefined;

  return function disconnect() {
    status.close();
    closeEvents();
    cancelAgain?.();
  };

  function openStatus(): EventSource {
    const source = open("/lab/status/stream");
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const heard = JSON.parse(data) as LabStatus; // the route sends nothing else
      listener.onStatus(heard);
      events ??= openEvents(Math.max(0, heard.head - KEPT_EVENTS));
    };
    source.onopen = () => listener.onConnection(true);
    source.onerror = () => {
      listener.onConnection(false);
      closeEvents();
      if (source.readyState !== source.CLOSED) return;
      cancelAgain?.();
      cancelAgain = after(AGAIN_MS, () => (status = openStatus()));
    };
    return source;
  }

  function openEvents(position: number): EventSource {
    const source = open(`/events?after=${position}`);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      gathered.push(JSON.parse(data) as LogEvent); // the route sends nothing else
      if (!cancelGather) handOver();
    };
    source.onerror = () => {
      if (source.readyState === source.CLOSED && events === source) closeEvents(); // the next status opens it again
    };
    return source;
  }

  function closeEvents(): void {
    events?.close();
    events = undefined;
    cancelGather?.();
    cancelGather = undefined;
    gathered = [];
  }

  function handOver(): void {
    cancelGather = undefined;
    if (gathered.length === 0) return;
    const heard = gathered;
    gathered = [];
    cancelGather = after(GATHER_MS, handOver);
    listener.onEvents(heard);
  }
}
