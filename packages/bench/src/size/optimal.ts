type Handler = (payload: unknown) => unknown;
type Layer = (payload: unknown, next: Handler) => unknown;

/** The smallest bus that routes, refuses what it does not know and has middleware: what any other adds to it is a feature. */
export class OptimalBus {
  readonly #routes = new Map<string, Handler>();
  readonly #layers: readonly Layer[];

  constructor(layers: readonly Layer[] = []) {
    this.#layers = layers;
  }

  register(type: string, handler: Handler): this {
    const compose = (next: Handler, layer: Layer): Handler => {
      return (payload) => layer(payload, next);
    };
    this.#routes.set(type, this.#layers.reduceRight(compose, handler));
    return this;
  }

  dispatch({ type, payload }: { readonly type: string; readonly payload: unknown }): unknown {
    const route = this.#routes.get(type);
    return route ? route(payload) : Promise.reject(new Error(`No handler for ${type}`));
  }
}
