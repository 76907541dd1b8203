import type { Scheduler } from "@counterpoint/events";
import { systemScheduler } from "@counterpoint/events";
import { onAbort } from "./on-abort.ts";

/** One server-sent event. */
export interface ServerSentEvent {
  /** What a client presents as `Last-Event-ID` to go on behind this event; one line. */
  readonly id?: string;
  /** Sent as JSON. An object that is given again is taken for the same: it must not have changed. */
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** Reads what comes next; empty: nothing for now. Asked again only when the client has taken what it was given. */
  readonly next: () => Promise<readonly ServerSentEvent[]>;
  /** Calls back when `next` may have something. A hint; `pollMs` covers what it misses. */
  readonly onHint: (wake: () => void) => Disposable;
  /** The stream ends when one of them aborts: the request's own, and the server's for a graceful shutdown. */
  readonly signals: readonly AbortSignal[];
  /** Milliseconds after which to ask again without a hint. Default 2,000. */
  readonly pollMs?: number;
  /** Milliseconds to rest after each batch, so that a flood of changes arrives in few. Default 0. */
  readonly restMs?: number;
  /** Hears why `next` failed. The stream has ended by then, and the client comes back. Default: the console. */
  readonly report?: (error: unknown) => void;
  readonly scheduler?: Scheduler;
}

/**
 * Answers with server-sent events, pulled at the pace of the client: a slow client holds one batch, never a queue.
 *
 * A stream that nobody reads (the answer to a HEAD request) holds nothing at all.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(options: EventStreamOptions): Response {
  const {
    next,
    onHint,
    signals,
    pollMs = 2_000,
    restMs = 0,
    report = reportToConsole,
    scheduler = systemScheduler,
  } = options;
  const encoder = new TextEncoder();
  let held: readonly Disposable[] = [];
  let begun = false;
  let ended = false;
  let woken = false;
  /** Ends the pause under way; a rest is ended by the end alone. */
  let endPause: () => void = () => {};
  let resting = false;

  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode("retry: 1000\n\n")),
    async pull(controller) {
      const chunk = await nextChunk();
      if (chunk !== undefined) return controller.enqueue(encoder.encode(chunk));
      end();
      controller.close();
    },
    cancel: end,
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });

  async function nextChunk(): Promise<string | undefined> {
    if (begun) await rest();
    else begin();
    let silent = false;
    const heartbeat = scheduler.after(HEARTBEAT_MS, () => {
      silent = true;
      wake();
    });
    try {
      while (!ended) {
        woken = false;
        const events = await next();
        if (events.length > 0) return events.map(encode).join("");
        if (silent) return ": still here\n\n";
        if (!woken) await pause(pollMs);
      }
    } catch (error) {
      report(error); // what it says stays inside; a client that comes back brings the last id that it saw
    } finally {
      heartbeat[Symbol.dispose]();
    }
    return undefined;
  }

  function begin(): void {
    begun = true;
    held = [onHint(wake), ...signals.map((signal) => onAbort(signal, end))];
    if (signals.some(({ aborted }) => aborted)) end();
  }

  async function rest(): Promise<void> {
    if (restMs === 0 || ended) return;
    resting = true;
    await pause(restMs);
    resting = false;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = scheduler.after(ms, resolve);
      endPause = () => {
        timer[Symbol.dispose]();
        resolve();
      };
    });
  }

  function wake(): void {
    woken = true;
    if (!resting) endPause();
  }

  function end(): void {
    ended = true;
    for (const each of held) each[Symbol.dispose]();
    woken = true;
    endPause();
  }
}

/** Proxies tend to cut connections that are silent for half a minute. */
const HEARTBEAT_MS = 15_000;

function encode({ id, data }: ServerSentEvent): string {
  const name = id === undefined ? "" : `id: ${id}\n`;
  return `${name}data: ${toJson(data)}\n\n`;
}

/** What many clients are sent is written down once. */
const WRITTEN = new WeakMap<object, string>();

function toJson(data: unknown): string {
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  const known = WRITTEN.get(data);
  if (known !== undefined) return known;
  const text = JSON.stringify(data);
  WRITTEN.set(data, text);
  return text;
}

function reportToConsole(error: unknown): void {
  console.error("A stream of events ended early:", error);
}
