import type { Listeners, Scheduler } from "@counterpoint/events";
import type { Database, Driver, PoolLike } from "./database.ts";
import { checkOut, isPglite, statement } from "./database.ts";

interface WakeUpOptions {
  readonly db: Database;
  readonly driver: Driver;
  /** Names the channel; one per schema. */
  readonly channel: string;
  /** Whether to tell, and hear from, other processes. */
  readonly listen: boolean;
  readonly scheduler: Scheduler;
  readonly listeners: Listeners;
}

/** The least time between two notifications of one process, in milliseconds. */
const COOLING_MS = 5;

/**
 * Hints that there is something new: at once within the process, and by NOTIFY to others. Never within the append's
 * transaction, where NOTIFY would make all commits wait for each other.
 */
export class WakeUp {
  readonly #options: WakeUpOptions;
  readonly #notify = statement("select pg_notify($1, '')");
  #cooling = false;
  #due = false;
  #listening: Disposable | undefined;

  constructor(options: WakeUpOptions) {
    this.#options = options;
  }

  onAppend(listener: () => void): Disposable {
    const { listeners } = this.#options;
    const added = listeners.add(listener);
    this.#listening ??= this.#listen();
    return {
      [Symbol.dispose]: () => {
        added[Symbol.dispose]();
        if (listeners.size > 0) return;
        this.#listening?.[Symbol.dispose]();
        this.#listening = undefined;
      },
    };
  }

  announce(): void {
    this.#options.listeners.callSoon();
    if (!this.#options.listen) return;
    this.#due = true;
    if (!this.#cooling) this.#send();
  }

  #send(): void {
    const { driver, channel, scheduler } = this.#options;
    this.#due = false;
    this.#cooling = true;
    driver.run(this.#notify, [channel]).catch(() => undefined); // a hint: who misses it polls
    scheduler.after(COOLING_MS, () => {
      this.#cooling = false;
      if (this.#due) this.#send();
    });
  }

  #listen(): Disposable | undefined {
    const { db, listen, channel, scheduler, listeners } = this.#options;
    if (!listen) return undefined;
    const wake = (): void => listeners.callSoon();
    const connect = isPglite(db)
      ? async (): Promise<Connection> => {
          const unlisten = await db.listen(channel, wake);
          return { lost: new Promise(() => undefined), close: unlisten };
        }
      : async (): Promise<Connection> => listenOn(db, channel, wake);
    return keepConnected({ connect, wake, scheduler });
  }
}

interface Connection {
  /** Resolves when the connection is gone. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

async function listenOn(pool: PoolLike, channel: string, wake: () => void): Promise<Connection> {
  let lose: (() => void) | undefined;
  const lost = new Promise<void>((resolve) => (lose = resolve));
  const onEnd = (): void => lose?.();
  const onNotification = (message: unknown): void => {
    if ((message as { readonly channel: string }).channel === channel) wake(); // what pg passes
  };
  const client = await checkOut(pool, onEnd);
  client.on("end", onEnd);
  client.on("notification", onNotification);
  let released = false;
  const release = (error?: boolean): void => {
    if (released) return;
    released = true;
    client.removeListener("notification", onNotification);
    client.removeListener("end", onEnd);
    client.release(error); // takes over the client's errors before this listener goes
    client.removeListener("error", onEnd);
  };
  try {
    await client.query({ text: `listen "${channel}"` });
  } catch (error) {
    release(true);
    throw error;
  }
  void lost.then(() => release(true));
  return {
    lost,
    close: async () => {
      try {
        await client.query({ text: `unlisten "${channel}"` });
        release();
      } catch {
        release(true);
      }
    },
  };
}

interface KeepOptions {
  readonly connect: () => Promise<Connection>;
  readonly wake: () => void;
  readonly scheduler: Scheduler;
}

/** Connects, and again with growing pauses when the connection is lost. What was missed meanwhile is what `wake` is for. */
function keepConnected({ connect, wake, scheduler }: KeepOptions): Disposable {
  let disposed = false;
  let current: Connection | undefined;
  let retry: Disposable | undefined;
  attempt(0);
  return {
    [Symbol.dispose]: () => {
      disposed = true;
      retry?.[Symbol.dispose]();
      current?.close().catch(() => undefined);
      current = undefined;
    },
  };

  function attempt(failures: number): void {
    connect()
      .then(
        (connection) => {
          if (disposed) return connection.close();
          current = connection;
          wake();
          return connection.lost.then(() => {
            current = undefined;
            again(0);
          });
        },
        () => again(failures),
      )
      .catch(() => undefined); // only closing can fail here, and nobody needs it any more
  }

  function again(failures: number): void {
    if (disposed) return;
    retry = scheduler.after(Math.min(100 * 2 ** failures, 5_000), () => attempt(failures + 1));
  }
}
