import type { CreateDeliveringBus, DeliveringBus, Published } from "./delivery-model.ts";

interface Subscriber {
  readonly call: (event: Published) => unknown;
  readonly left: Promise<void>;
  active: boolean;
  /** Settles when the subscriber is free again. */
  tail: Promise<void>;
}

/** A right event bus, written without a look at the real one: each subscriber is a chain of promises. */
export class PlainEventBus implements DeliveringBus {
  protected readonly retries: number;
  readonly #subscribers = new Map<string, Subscriber[]>();

  constructor(retries: number) {
    this.retries = retries;
  }

  subscribe(type: string, call: Subscriber["call"]): () => void {
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const subscriber = { call, left, active: true, tail: Promise.resolve() };
    this.#subscribers.set(type, [...this.of(type), subscriber]);
    return () => {
      this.#subscribers.set(
        type,
        this.of(type).filter((other) => other !== subscriber),
      );
      subscriber.active = false;
      leave();
    };
  }

  async publish(type: string, event: Published): Promise<void> {
    const answers = this.of(type).map((subscriber) => this.deliver(subscriber, event));
    const errors = (await Promise.allSettled(answers)).flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason] : [],
    );
    if (errors.length > 0) throw new AggregateError(errors);
  }

  protected of(type: string): Subscriber[] {
    return this.#subscribers.get(type) ?? [];
  }

  protected deliver(subscriber: Subscriber, event: Published): Promise<unknown> {
    let begun: Promise<unknown> | undefined;
    const turn = subscriber.tail.then(() => {
      if (subscriber.active) begun = this.attempt(subscriber, event);
      return begun;
    });
    subscriber.tail = turn.then(noop, noop);
    return Promise.race([turn, subscriber.left.then(() => begun)]);
  }

  /** Calls a subscriber, again if it fails. */
  protected async attempt(subscriber: Subscriber, event: Published): Promise<unknown> {
    for (let retry = 0; ; retry++) {
      try {
        return await subscriber.call(event);
      } catch (error) {
        if (retry === this.retries) throw error;
      }
    }
  }
}

/** Wrong event buses: defects of real libraries, and slips that are easy to make. */
export const wrongEventBuses: Readonly<Record<string, CreateDeliveringBus>> = {
  "rejects as soon as one fails (Promise.all)": (retries) =>
    new (class extends PlainEventBus {
      override async publish(type: string, event: Published) {
        const answers = this.of(type).map((subscriber) => this.deliver(subscriber, event));
        await Promise.all(answers).catch((error: unknown) => {
          throw new AggregateError([error]);
        });
      }
    })(retries),
  "stops at the first failure": (retries) =>
    new (class extends PlainEventBus {
      override async publish(type: string, event: Published) {
        for (const subscriber of this.of(type)) {
          await this.deliver(subscriber, event).catch((error: unknown) => {
            throw new AggregateError([error]);
          });
        }
      }
    })(retries),
  "lets a subscriber handle many events at once": (retries) =>
    new (class extends PlainEventBus {
      protected override deliver = (subscriber: Subscriber, event: Published) =>
        Promise.resolve().then(() =>
          subscriber.active ? this.attempt(subscriber, event) : undefined,
        );
    })(retries),
  "retries everybody when one fails": (retries) =>
    new (class extends PlainEventBus {
      protected override attempt = async (subscriber: Subscriber, event: Published) =>
        subscriber.call(event);
      override async publish(type: string, event: Published) {
        for (let retry = 0; ; retry++) {
          try {
            return await super.publish(type, event);
          } catch (error) {
            if (retry === this.retries) throw error;
          }
        }
      }
    })(retries),
  "retries once too often": (retries) => new PlainEventBus(retries + 1),
  "never retries": () => new PlainEventBus(0),
  "reports failures in the order in which they came": (retries) =>
    new (class extends PlainEventBus {
      override async publish(type: string, event: Published) {
        const errors: unknown[] = [];
        const take = (error: unknown) => void errors.push(error);
        await Promise.all(this.of(type).map((s) => this.deliver(s, event).catch(take)));
        if (errors.length > 0) throw new AggregateError(errors);
      }
    })(retries),
  "reports one failure alone": (retries) =>
    new (class extends PlainEventBus {
      override publish = (type: string, event: Published) =>
        super.publish(type, event).catch(({ errors }: AggregateError) => {
          throw new AggregateError(errors.slice(0, 1));
        });
    })(retries),
  "throws the bare error when there is one": (retries) =>
    new (class extends PlainEventBus {
      override publish = (type: string, event: Published) =>
        super.publish(type, event).catch((failure: AggregateError) => {
          throw failure.errors.length === 1 ? failure.errors[0] : failure;
        });
    })(retries),
  "swallows failures": (retries) =>
    new (class extends PlainEventBus {
      override publish = (type: string, event: Published) => super.publish(type, event).catch(noop);
    })(retries),
  "does not wait for its subscribers": (retries) =>
    new (class extends PlainEventBus {
      override publish = async (type: string, event: Published) =>
        void super.publish(type, event).catch(noop);
    })(retries),
  "cuts off a subscriber that has failed": (retries) =>
    new (class extends PlainEventBus {
      protected override attempt = async (subscriber: Subscriber, event: Published) => {
        try {
          return await super.attempt(subscriber, event);
        } catch (error) {
          subscriber.active = false;
          throw error;
        }
      };
    })(retries),
  "hands out what a subscriber publishes before what it is busy with": (retries) =>
    new (class extends PlainEventBus {
      readonly #busy = new Map<Subscriber, Promise<unknown>>();
      protected override deliver(subscriber: Subscriber, event: Published): Promise<unknown> {
        const before = this.#busy.get(subscriber);
        if (before !== undefined || !subscriber.active) return super.deliver(subscriber, event);
        const answer = this.attempt(subscriber, event); // calls at once, in the middle of another publishing
        this.#busy.set(subscriber, answer);
        subscriber.tail = answer.then(noop, noop).then(() => void this.#busy.delete(subscriber));
        return answer;
      }
    })(retries),
  "calls those who left while they waited": (retries) =>
    new (class extends PlainEventBus {
      protected override deliver(subscriber: Subscriber, event: Published): Promise<unknown> {
        const turn = subscriber.tail.then(() => this.attempt(subscriber, event));
        subscriber.tail = turn.then(noop, noop);
        return turn;
      }
    })(retries),
  "waits for those who left": (retries) =>
    new (class extends PlainEventBus {
      protected override deliver(subscriber: Subscriber, event: Published): Promise<unknown> {
        const turn = subscriber.tail.then(() =>
          subscriber.active ? this.attempt(subscriber, event) : undefined,
        );
        subscriber.tail = turn.then(noop, noop);
        return turn;
      }
    })(retries),
  "lets the last come first": (retries) =>
    new (class extends PlainEventBus {
      readonly #waiting = new Map<Subscriber, Published[]>();
      protected override deliver(subscriber: Subscriber, event: Published): Promise<unknown> {
        const waiting = this.#waiting.get(subscriber) ?? [];
        this.#waiting.set(subscriber, waiting);
        waiting.push(event);
        const call = () => waiting.pop()!; // as many as turns
        return super.deliver({ ...subscriber, call: () => subscriber.call(call()) }, event);
      }
    })(retries),
};

function noop(): void {}
