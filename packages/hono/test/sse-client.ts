/** One event as a browser's `EventSource` would hand it out. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads server-sent events at the pace of a test. */
export class SseClient {
  readonly events: ReceivedEvent[] = [];
  /** Lines that are no events: comments and `retry`. */
  readonly asides: string[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(response: Response) {
    this.#reader = response.body!.getReader(); // an event stream always has a body
  }

  /** The id after which a reconnecting browser goes on. */
  get lastEventId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /**
   * Takes the next chunk.
   *
   * @returns `false` when the stream has ended.
   */
  async take(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#rest += this.#decoder.decode(value, { stream: true });
    const frames = this.#rest.split("\n\n");
    this.#rest = frames.pop()!; // a split always yields something
    for (const frame of frames) this.#note(frame);
    return true;
  }

  /** Takes chunks until the stream ends. */
  async drain(): Promise<void> {
    while (await this.take());
  }

  /** Goes away, as a closed tab does. */
  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  #note(frame: string): void {
    const fields = new Map(
      frame.split("\n").map((line) => {
        const [name = "", ...value] = line.split(": ");
        return [name, value.join(": ")];
      }),
    );
    const data = fields.get("data");
    if (data === undefined) this.asides.push(frame);
    else this.events.push({ id: fields.get("id"), data: JSON.parse(data) });
  }
}
