import type { CreateRoutingBus, Refusal, RoutingBus } from "./routing-model.ts";
import { refusals } from "./routing-model.ts";

type Handler = (payload: unknown) => unknown;
interface Envelope {
  readonly type: string;
  readonly payload?: unknown;
}

/** A right bus, written without a look at the real one. The wrong ones below each spoil one part of it. */
export class PlainBus implements RoutingBus {
  protected routes: Map<string, Handler> = new Map();

  has(type: string): boolean {
    return this.routes.has(type);
  }

  register(type: string, handler: Handler): void {
    if (this.has(type)) throw asError(refusals.duplicate(type));
    this.routes.set(type, handler);
  }

  unregister(type: string): void {
    this.routes.delete(type);
  }

  dispatch(message: unknown): Promise<unknown> {
    const got = this.defectOf(message);
    if (got !== undefined) return Promise.reject(asError(refusals.invalid(got)));
    const envelope = message as Envelope; // `defectOf` found nothing
    const handler = this.find(envelope);
    return handler === undefined ? this.notFound(envelope) : this.call(handler, envelope);
  }

  protected defectOf(message: unknown): string | undefined {
    if (message === null) return "null";
    if (typeof message !== "object") return typeof message;
    const kind = typeof (message as Partial<Envelope>).type;
    return kind === "string" ? undefined : `{ type: ${kind} }`;
  }

  protected find({ type }: Envelope): Handler | undefined {
    return this.routes.get(type);
  }

  protected notFound({ type }: Envelope): Promise<unknown> {
    return Promise.reject(asError(refusals.notFound(type)));
  }

  protected call(handler: Handler, { payload }: Envelope): Promise<unknown> {
    try {
      const result = handler(payload);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** Keeps its routes under a name that is not quite the one that was given. */
function keyedBy(keyOf: (type: string) => string): CreateRoutingBus {
  return () =>
    new (class extends PlainBus {
      override has = (type: string) => this.routes.has(keyOf(type));
      override register(type: string, handler: Handler): void {
        if (this.has(type)) throw asError(refusals.duplicate(type));
        this.routes.set(keyOf(type), handler);
      }
      override unregister = (type: string) => void this.routes.delete(keyOf(type));
      protected override find = ({ type }: Envelope) => this.routes.get(keyOf(type));
    })();
}

const sharedRoutes = new Map<string, Handler>();

/** Wrong buses: defects of real libraries, and slips that are easy to make. */
export const wrongBuses: Readonly<Record<string, CreateRoutingBus>> = {
  "compares without case": keyedBy((type) => type.toLowerCase()),
  "compares without surrounding space": keyedBy((type) => type.trim()),
  "compares after normalising": keyedBy((type) => type.normalize("NFKC")),
  "splits at a dot": keyedBy((type) => type.split(".")[0] ?? ""),
  "routes by prefix": () =>
    new (class extends PlainBus {
      protected override find({ type }: Envelope) {
        return [...this.routes].find(([name]) => type.startsWith(name))?.[1];
      }
    })(),
  "looks names up in a plain object": () => new PlainObjectBus(),
  "lets the last registration win": () =>
    new (class extends PlainBus {
      override register(type: string, handler: Handler) {
        this.routes.set(type, handler);
      }
    })(),
  "lets the first registration win in silence": () =>
    new (class extends PlainBus {
      override register(type: string, handler: Handler) {
        if (!this.has(type)) this.routes.set(type, handler);
      }
    })(),
  "refuses a duplicate only after it took it": () =>
    new (class extends PlainBus {
      override register(type: string, handler: Handler) {
        const refused = this.has(type);
        this.routes.set(type, handler);
        if (refused) throw asError(refusals.duplicate(type));
      }
    })(),
  "answers undefined where no handler is": () =>
    new (class extends PlainBus {
      protected override notFound = () => Promise.resolve(undefined);
    })(),
  "falls back on any handler": () =>
    new (class extends PlainBus {
      protected override find({ type }: Envelope) {
        return this.routes.get(type) ?? [...this.routes.values()][0];
      }
    })(),
  "names no type in its refusal": () =>
    new (class extends PlainBus {
      protected override notFound = () => Promise.reject(asError(refusals.notFound("undefined")));
    })(),
  "drops the payload": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, { type }: Envelope) =>
        super.call(handler, { type });
    })(),
  "copies the payload": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, { type, payload }: Envelope) =>
        super.call(handler, { type, payload: structuredClone(payload) });
    })(),
  "hands over the envelope": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, message: Envelope) =>
        super.call(handler, { type: message.type, payload: message });
    })(),
  "is redirected by a payload with a type": () =>
    new (class extends PlainBus {
      protected override find(message: Envelope) {
        const { type } = { ...message, ...(message.payload as object | undefined) };
        return this.routes.get(type);
      }
    })(),
  "takes for a type what writes itself like one": () =>
    new (class extends PlainBus {
      protected override defectOf(message: unknown) {
        const type: unknown = (message as Partial<Envelope> | null | undefined)?.type;
        return type === null || type === undefined ? super.defectOf(message) : undefined;
      }
      protected override find = ({ type }: Envelope) => this.routes.get(String(type));
    })(),
  "throws synchronously where no handler is": () =>
    new (class extends PlainBus {
      protected override notFound({ type }: Envelope): never {
        throw asError(refusals.notFound(type));
      }
    })(),
  "lets a throwing handler throw synchronously": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, { payload }: Envelope) =>
        Promise.resolve(handler(payload));
    })(),
  "wraps the handler's promise": () =>
    new (class extends PlainBus {
      protected override call = async (handler: Handler, { payload }: Envelope) => handler(payload);
    })(),
  "wraps what the handler returns": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, message: Envelope) =>
        super.call((payload) => {
          const result = handler(payload);
          return result instanceof Promise ? result : { data: result };
        }, message);
    })(),
  "wraps what the handler throws": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, message: Envelope) =>
        super.call((payload) => {
          try {
            return handler(payload);
          } catch (cause) {
            throw new Error("The handler failed", { cause });
          }
        }, message);
    })(),
  "calls a failing handler again": () =>
    new (class extends PlainBus {
      protected override call = (handler: Handler, message: Envelope) =>
        super.call((payload) => {
          try {
            return handler(payload);
          } catch {
            return handler(payload);
          }
        }, message);
    })(),
  "ignores unregister": () =>
    new (class extends PlainBus {
      override unregister() {}
    })(),
  "forgets everything on unregister": () =>
    new (class extends PlainBus {
      override unregister() {
        this.routes.clear();
      }
    })(),
  "remembers a handler that was replaced": () =>
    new (class extends PlainBus {
      readonly #seen = new Map<string, Handler>();
      protected override find({ type }: Envelope) {
        const handler = this.#seen.get(type) ?? this.routes.get(type);
        if (handler !== undefined) this.#seen.set(type, handler);
        return this.routes.has(type) ? handler : undefined;
      }
    })(),
  "shares its routes with every other bus": () =>
    new (class extends PlainBus {
      protected override routes = sharedRoutes;
    })(),
};

class PlainObjectBus extends PlainBus {
  readonly #handlers: Record<string, Handler> = {};
  override has = (type: string) => Object.hasOwn(this.#handlers, type);
  override register(type: string, handler: Handler): void {
    if (this.has(type)) throw asError(refusals.duplicate(type));
    this.#handlers[type] = handler;
  }
  override unregister(type: string): void {
    delete this.#handlers[type];
  }
  protected override find = ({ type }: Envelope) => this.#handlers[type];
}

function asError({ message, ...fields }: Refusal): Error {
  return Object.assign(new Error(message), fields);
}
