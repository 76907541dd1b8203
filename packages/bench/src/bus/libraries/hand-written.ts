import type { Library, Payload, Send, Subscriber } from "../library.ts";
import { handle, typeNames } from "../library.ts";

// What somebody would write who wants nothing but speed, and what people do write. Each has a process of its own.

interface Message {
  readonly type: string;
  readonly payload: Payload;
}
type Handler = (payload: Payload) => unknown;
type Next = (payload: Payload) => unknown;
type Layer = (payload: Payload, next: Next) => unknown;

const handOn: Layer = (payload, next) => next(payload);
const handOnAsync = async (payload: Payload, next: Next): Promise<unknown> => await next(payload);

/** No bus at all. */
export const direct: Library = {
  command(types) {
    const handlers = typeNames("Command", types).map(() => handle);
    return (payload, type) => handlers[type]!(payload);
  },
  query: () => (payload) => handle(payload),
};

/** A Map from type to handler, the handler's own promise handed back, middleware composed at registration. */
class OptimalBus {
  readonly #routes = new Map<string, Handler>();
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[] = []) {
    this.#layers = layers;
  }

  register(type: string, handler: Handler): void {
    const compose = (next: Next, layer: Layer): Next => {
      return (payload) => layer(payload, next);
    };
    this.#routes.set(type, this.#layers.reduceRight(compose, handler));
  }

  dispatch(message: Message): unknown {
    const route = this.#routes.get(message.type);
    return route
      ? route(message.payload)
      : Promise.reject(new Error(`No handler for ${message.type}`));
  }
}

/** Promises are awaited at every level, as most code does. */
class AsyncBus {
  readonly #routes = new Map<string, Handler>();
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[] = []) {
    this.#layers = layers;
  }

  register(type: string, handler: Handler): void {
    const compose = (next: Next, layer: Layer): Next => {
      return async (payload) => await layer(payload, next);
    };
    this.#routes.set(type, this.#layers.reduceRight(compose, handler));
  }

  async dispatch(message: Message): Promise<unknown> {
    const route = this.#routes.get(message.type);
    if (!route) throw new Error(`No handler for ${message.type}`);
    return await route(message.payload);
  }
}

/** As the optimal one, but the onion is made anew for each message. */
class ComposingBus {
  readonly #routes = new Map<string, Handler>();
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  register(type: string, handler: Handler): void {
    this.#routes.set(type, handler);
  }

  dispatch(message: Message): unknown {
    const route = this.#routes.get(message.type);
    if (!route) return Promise.reject(new Error(`No handler for ${message.type}`));
    const run = (index: number, payload: Payload): unknown => {
      const layer = this.#layers[index];
      return layer ? layer(payload, (changed) => run(index + 1, changed)) : route(payload);
    };
    return run(0, message.payload);
  }
}

interface Bus {
  register(type: string, handler: Handler): void;
  dispatch(message: Message): unknown;
}

function requests(create: () => Bus): Pick<Library, "command" | "query"> {
  const send = (kind: string, types: number): Send => {
    const bus = create();
    const names = typeNames(kind, types);
    for (const name of names) bus.register(name, handle);
    return (payload, type) => bus.dispatch({ type: names[type]!, payload });
  };
  return { command: (types) => send("Command", types), query: () => send("Query", 1) };
}

function layered(bus: Bus): Send {
  bus.register("Command0", handle);
  return (payload) => bus.dispatch({ type: "Command0", payload });
}

function publishing(
  subscribers: readonly Subscriber[],
  publish: (subscribers: readonly Subscriber[], payload: Payload) => unknown,
): Send {
  const routes = new Map([["Event0", subscribers]]);
  return (payload) => {
    const event: Message = { type: "Event0", payload };
    return publish(routes.get(event.type) ?? [], event.payload);
  };
}

/** The limit: nothing can be left out of it. */
export const optimal: Library = {
  ...requests(() => new OptimalBus()),
  layered: () => layered(new OptimalBus([handOn, handOn, handOn])),
  publish: (subscribers) => publishing(subscribers, countDown),
};

/** The limit for a bus where one failing subscriber starves no other, and failures arrive together. */
export const isolated: Library = {
  publish: (subscribers) => publishing(subscribers, countDownIsolated),
};

export const awaiting: Library = {
  ...requests(() => new AsyncBus()),
  layered: () => layered(new AsyncBus([handOnAsync, handOnAsync, handOnAsync])),
  publish: (subscribers) =>
    publishing(subscribers, async (list, payload) => {
      for (const subscriber of list) await subscriber(payload);
    }),
};

export const composing: Library = {
  layered: () => layered(new ComposingBus([handOn, handOn, handOn])),
};

export const promiseAll: Library = {
  publish: (subscribers) =>
    publishing(
      subscribers,
      (list, payload) =>
        Promise.all(list.map((subscriber) => subscriber(payload) as Promise<void>)), // takes what is no promise as well
    ),
};

const DONE = Promise.resolve();

function countDown(subscribers: readonly Subscriber[], payload: Payload): unknown {
  if (subscribers.length === 1) return subscribers[0]!(payload);
  let remaining = 0;
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const done = (): void => {
    if (--remaining === 0) settle!.resolve(); // set before anything can be done
  };
  const failed = (error: unknown): void => settle!.reject(error);
  for (let index = 0; index < subscribers.length; index++) {
    const result = subscribers[index]!(payload);
    if (result instanceof Promise) {
      remaining += 1;
      result.then(done, failed);
    }
  }
  if (remaining === 0) return DONE;
  return new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
}

function countDownIsolated(subscribers: readonly Subscriber[], payload: Payload): unknown {
  let remaining = 0;
  let errors: unknown[] | undefined;
  let settle: (() => void) | undefined;
  const done = (): void => {
    if (--remaining === 0) settle!(); // as above
  };
  const failed = (error: unknown): void => {
    (errors ??= []).push(error);
    done();
  };
  for (let index = 0; index < subscribers.length; index++) {
    try {
      const result = subscribers[index]!(payload);
      if (result instanceof Promise) {
        remaining += 1;
        result.then(done, failed);
      }
    } catch (error) {
      (errors ??= []).push(error);
    }
  }
  if (remaining === 0 && !errors) return DONE;
  return new Promise<void>((resolve, reject) => {
    settle = () => (errors ? reject(new AggregateError(errors)) : resolve());
    if (remaining === 0) settle();
  });
}
