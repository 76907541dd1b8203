import type { EventMessage } from "./contract.ts";
import type { Context } from "./context.ts";
import type { Step } from "./middleware.ts";

/** One event on its way to one subscriber; a link of the subscriber's queue. */
interface Delivery {
  readonly publication: Publication;
  /** The subscriber's place in the order of subscription. */
  readonly index: number;
  readonly context: Context;
  next: Delivery | undefined;
}

/** Hands events to one subscriber, one at a time, first in, first out. */
export class Subscription {
  readonly context: Context;
  readonly #run: Step;
  active = true;
  #busy = false;
  #first: Delivery | undefined;
  #last: Delivery | undefined;

  constructor(context: Context, run: Step) {
    this.context = context;
    this.#run = run;
  }

  deliver(delivery: Delivery): void {
    if (!this.active) {
      delivery.publication.finish(undefined);
    } else if (this.#busy) {
      if (this.#last === undefined) this.#first = delivery;
      else this.#last.next = delivery;
      this.#last = delivery;
    } else {
      this.#begin(delivery);
      this.#drain();
    }
  }

  #begin(delivery: Delivery): void {
    const { publication, index, context } = delivery;
    this.#busy = true;
    try {
      const result = this.#run(publication.event, context);
      if (isThenable(result)) {
        result.then(
          () => this.#end(publication, undefined),
          (error: unknown) => this.#end(publication, { index, error }),
        );
        return;
      }
      publication.finish(undefined);
    } catch (error) {
      publication.finish({ index, error });
    }
    this.#busy = false;
  }

  #end(publication: Publication, failure: Failure | undefined): void {
    this.#busy = false;
    publication.finish(failure);
    this.#drain();
  }

  /** A loop, not a recursion: a hundred thousand events may wait for a synchronous subscriber. */
  #drain(): void {
    while (!this.#busy && this.#first !== undefined) {
      const delivery = this.#first;
      this.#first = delivery.next;
      if (this.#first === undefined) this.#last = undefined;
      if (this.active) this.#begin(delivery);
      else delivery.publication.finish(undefined);
    }
  }
}

interface Failure {
  readonly index: number;
  readonly error: unknown;
}

/** Counts down the subscribers of one published event. */
export class Publication {
  readonly event: EventMessage;
  #remaining: number;
  #failures: Failure[] | undefined;
  #settle: (() => void) | undefined;

  constructor(event: EventMessage, subscribers: number) {
    this.event = event;
    this.#remaining = subscribers;
  }

  finish(failure: Failure | undefined): void {
    if (failure !== undefined) (this.#failures ??= []).push(failure);
    if (--this.#remaining === 0) this.#settle?.();
  }

  /** @returns A promise that settles when the last subscriber has finished. */
  settled(): Promise<void> {
    if (this.#remaining === 0) {
      return this.#failures === undefined ? DONE : Promise.reject(this.#failed(this.#failures));
    }
    return new Promise((resolve, reject) => {
      this.#settle = () =>
        this.#failures === undefined ? resolve() : reject(this.#failed(this.#failures));
    });
  }

  #failed(failures: Failure[]): AggregateError {
    const errors = failures.sort((a, b) => a.index - b.index).map(({ error }) => error);
    const count = errors.length === 1 ? "1 subscriber" : `${errors.length} subscribers`;
    return new AggregateError(errors, `${count} of ${this.event.type} failed`);
  }
}

export const DONE: Promise<void> = Promise.resolve();

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === "object" &&
      value !== null &&
      "then" in value &&
      typeof value.then === "function")
  );
}
