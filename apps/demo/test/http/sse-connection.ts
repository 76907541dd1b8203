/** One event of a stream. */
interface ReceivedEvent {
  readonly id: string | undefined;
  readonly data: unknown;
}

/** A client of server-sent events over a real socket, which reads as a test tells it to. */
export class SseConnection {
  readonly events: ReceivedEvent[] = [];
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #going: AbortController;
  #text = "";
  #rest = "";

  private constructor(response: Response, going: AbortController) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader(); // an event stream has a body
    this.#going = going;
  }

  static async open(
    url: string,
    lastEventId?: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<SseConnection> {
    const going = new AbortController();
    const headers = { ...more, ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }) };
    const response = await fetch(url, { headers, signal: going.signal });
    if (response.status !== 200) throw new Error(`No stream, but ${await response.text()}`);
    return new SseConnection(response, going);
  }

  get ids(): readonly number[] {
    return this.events.map(({ id }) => Number(id));
  }

  /** Reads until so many events have come. */
  async until(count: number): Promise<void> {
    while (this.events.length < count) await this.#read();
  }

  /** Reads until a text has come. */
  async untilText(text: string): Promise<void> {
    while (!this.#text.includes(text)) await this.#read();
  }

  /** Reads until the server ends the stream. */
  async ended(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }

  /** Goes away, as a closed tab does. */
  async leave(): Promise<void> {
    this.#going.abort();
    await this.#reader.cancel().catch(() => {}); // it has failed; what has come and was not read is let go
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) throw new Error(`The stream ended after ${this.events.length} events.`);
    this.#text += value;
    this.#rest += value;
    const frames = this.#rest.split("\n\n");
    this.#rest = frames.pop()!; // a split always yields something
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      const id = /^id: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) this.events.push({ id, data: JSON.parse(data) });
    }
  }
}
