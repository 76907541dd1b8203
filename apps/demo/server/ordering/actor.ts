import type { Client } from "pg";

/** A transaction's connection: does one thing after the other, and can be watched while it waits. */
export class Actor {
  readonly client: Client;
  readonly pid: number;
  #left = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: { readonly reason: unknown } | undefined;

  constructor(client: Client, pid: number) {
    this.client = client;
    this.pid = pid;
    client.on("error", (reason) => (this.#failure ??= { reason }));
  }

  /** Whether something of it is under way, or queued behind that. */
  get isBusy(): boolean {
    return this.#left > 0;
  }

  /** Does something as soon as all is done that it was told before. After a failure it does nothing any more. */
  tell(work: (client: Client) => Promise<void>): void {
    this.#left++;
    this.#last = this.#last
      .then(() => (this.#failure ? undefined : work(this.client)))
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => this.#left--);
  }

  /** @throws What has failed. */
  check(): void {
    if (this.#failure) throw this.#failure.reason;
  }
}
