import type {
  AppendedStream,
  LogSlice,
  PreparedAppend,
  ReadLogOptions,
  ReadStreamOptions,
  RecordedEvent,
  Upcaster,
} from "@counterpoint/events";
import {
  Listeners,
  assertReadLog,
  assertReadStream,
  checkVersion,
  copyJson,
  namingUpcaster,
} from "@counterpoint/events";

interface MemoryLogOptions {
  readonly upcast?: Upcaster | undefined;
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

interface RecordOptions {
  readonly recordedAtMs: number;
  readonly createId: () => string;
}

/** Keeps all events in one array, in the order of positions, and each stream as a view of it. */
export class MemoryLog {
  readonly #events: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #listeners: Listeners;
  readonly #upcast: Upcaster;

  constructor({ upcast = (event) => event, onListenerError }: MemoryLogOptions = {}) {
    this.#upcast = namingUpcaster(upcast);
    this.#listeners = new Listeners(onListenerError);
  }

  get head(): number {
    return this.#events.length;
  }

  /** @throws {ConcurrencyError} When a stream is not at its expected version. */
  check(appends: readonly PreparedAppend[]): void {
    for (const { stream, expectedVersion } of appends) {
      checkVersion(stream, expectedVersion, this.#versionOf(stream));
    }
  }

  /** Makes the events that `write` would add, without adding them. */
  record(
    appends: readonly PreparedAppend[],
    { recordedAtMs, createId }: RecordOptions,
  ): readonly RecordedEvent[] {
    let position = this.head;
    return appends.flatMap(({ stream, events, metadata }) => {
      let version = this.#versionOf(stream);
      return events.map(({ type, payload }) => ({
        type,
        payload,
        stream,
        version: ++version,
        position: ++position,
        recordedAt: new Date(recordedAtMs),
        metadata: { ...metadata, id: createId() },
      }));
    });
  }

  write(events: readonly RecordedEvent[]): readonly AppendedStream[] {
    const appended = new Map<string, AppendedStream>();
    for (const event of events) {
      const { stream, version } = event;
      const events = this.#streams.get(stream);
      if (events) events.push(event);
      else this.#streams.set(stream, [event]);
      this.#events.push(event);
      const created = appended.get(stream)?.created ?? version === 1;
      appended.set(stream, { stream, version, created });
    }
    return [...appended.values()];
  }

  readStream(stream: string, options: ReadStreamOptions = {}): readonly RecordedEvent[] {
    assertReadStream(options);
    const { fromVersion = 1, limit = Infinity } = options;
    const events = this.#streams.get(stream) ?? [];
    return this.handOut(events.slice(fromVersion - 1, fromVersion - 1 + limit));
  }

  read(options: ReadLogOptions): LogSlice {
    assertReadLog(options);
    const { after, limit } = options;
    return { events: this.handOut(this.#events.slice(after, after + limit)), head: this.head };
  }

  /** Copies of events as readers see them: upcast. */
  handOut(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    return events.map((event) => this.#upcast(copyEvent(event)));
  }

  /** The event at a position. @throws {EventStoreError} `UPCAST_FAILED`. */
  at(position: number): RecordedEvent {
    return this.#upcast(copyEvent(this.#events[position - 1]!)); // only ever asked for positions that were handed out
  }

  /** The events behind one position, up to and with another. */
  between(after: number, last: number): readonly RecordedEvent[] {
    return this.handOut(this.#events.slice(after, last));
  }

  onAppend(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  announce(): void {
    this.#listeners.callSoon();
  }

  #versionOf(stream: string): number {
    return this.#streams.get(stream)?.length ?? 0;
  }
}

/** Copies an event, so that what a caller does to it stays with the caller. */
export function copyEvent(event: RecordedEvent): RecordedEvent {
  const { payload, recordedAt, metadata } = event;
  return {
    ...event,
    payload: payload === undefined ? undefined : copyJson(payload, event.type),
    recordedAt: new Date(recordedAt),
    metadata: copyJson(metadata, "metadata") as RecordedEvent["metadata"], // a copy has the same shape
  };
}
