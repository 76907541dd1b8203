import type { Scheduler } from "@counterpoint/events";
import { systemScheduler } from "@counterpoint/events";

/** One server-sent event. */
export interface ServerSentEvent {
  /** What a client presents as `Last-Event-ID` to go on behind this event. */
  readonly id?: string;
  /** Sent as JSON. */
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
  readonly scheduler?: Scheduler;
}

/**
 * Answers with server-sent events, pulled at the pace of the client: a slow client holds one batch, never a queue.
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
    scheduler = systemScheduler,
  } = options;
  const encoder = new TextEncoder();
  let woken = false;
  let ended = false;
  let endWait: () => void = () => {};
  let hint: Disposable | undefined;

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      hint = onHint(wake);
      for (const signal of signals) signal.addEventListener("abort", end, { once: true });
      if (signals.some(({ aborted }) => aborted)) end();
      controller.enqueue(encoder.encode("retry: 1000\n\n"));
    },
    async pull(controller) {
      const chunk = await nextChunk().catch(end); // a client that comes back brings the last id that it saw
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
    let quietMs = 0;
    if (restMs > 0) await waiting(restMs);
    while (!ended) {
      woken = false;
      const events = await next();
      if (events.length > 0) return events.map(encode).join("");
      if (!woken) await waiting(pollMs);
      if (!woken) quietMs += pollMs;
      if (quietMs >= HEARTBEAT_MS) return ": still here\n\n";
    }
    return undefined;
  }

  function waiting(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = scheduler.after(ms, resolve);
      endWait = () => {
        timer[Symbol.dispose]();
        resolve();
      };
    });
  }

  function wake(): void {
    woken = true;
    endWait();
  }

  function end(): undefined {
    ended = true;
    hint?.[Symbol.dispose]();
    for (const signal of signals) signal.removeEventListener("abort", end);
    wake();
  }
}

/** Proxies tend to cut connections that are silent for half a minute. */
const HEARTBEAT_MS = 15_000;

function encode({ id, data }: ServerSentEvent): string {
  const name = id === undefined ? "" : `id: ${id}\n`;
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}
