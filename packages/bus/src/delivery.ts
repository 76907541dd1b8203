import type { EventMessage } from "./contract.ts";
import type { Context } from "./context.ts";
import type { Step } from "./middleware.ts";
import { isThenable } from "./thenable.ts";

/** One event that waits for its turn with one subscriber; a link of the subscriber's queue. */
interface Delivery {
  readonly publication: Publication;
  readonly index: number;
  next: Delivery | undefined;
}

/** Hands events to one subscriber, one at a time, first in, first out. */
export class Subscription {
  readonly context: Context;
  readonly #run: Step;
  #active = true;
  /** What the subscriber is busy with, and its own place among the subscribers of that. */
  #current: Publication | undefined;
  #index = 0;
  #first: Delivery | undefined;
  #last: Delivery | undefined;
  // Made once and not per event, since only one event is under way at a time.
  readonly #onFulfilled = (): void => {
    this.#current!.finish(); // set for as long as the subscriber's promise is awaited
    this.#drain();
  };
  readonly #onRejected = (error: unknown): void => {
    this.#current!.fail(this.#index, error); // as above
    this.#drain();
  };

  constructor(context: Context, run: Step) {
    this.context = context;
    this.#run = run;
  }

  deliver(publication: Publication, index: number): void {
    if (!this.#active) {
      publication.finish();
    } else if (!this.#current) {
      this.#handle(publication, index);
    } else {
      const delivery = { publication, index, next: undefined };
      if (this.#last) this.#last.next = delivery;
      else this.#first = delivery;
      this.#last = delivery;
    }
  }

  /** Drops what waits. Nobody waits for it any more, not even behind a handler that never ends. */
  stop(): void {
    this.#active = false;
    let waiting = this.#first;
    this.#first = undefined;
    for (; waiting; waiting = waiting.next) waiting.publication.finish();
  }

  /** Goes on with what waits. A loop, not a recursion: a hundred thousand events may wait for a synchronous subscriber. */
  #drain(): void {
    this.#current = undefined;
    while (!this.#current && this.#first) {
      const { publication, index, next } = this.#first;
      this.#first = next;
      if (!next) this.#last = undefined;
      this.#handle(publication, index);
    }
  }

  #handle(publication: Publication, index: number): void {
    this.#current = publication;
    this.#index = index;
    const { given } = publication;
    const context = given ? { ...given, contract: this.context.contract } : this.context;
    try {
      const result = this.#run(publication.event, context);
      if (isThenable(result)) {
        Promise.resolve(result).then(this.#onFulfilled, this.#onRejected);
        return;
      }
      publication.finish();
    } catch (error) {
      publication.fail(index, error);
    }
    this.#current = undefined;
  }
}

/** Counts down the subscribers of one published event. */
export class Publication {
  readonly event: EventMessage;
  readonly given: Context | undefined;
  readonly #subscriptions: readonly Subscription[];
  #remaining: number;
  /** What subscribers threw, each at its place in the order of subscription. */
  #errors: unknown[] | undefined;
  #settle: (() => void) | undefined;

  constructor(
    event: EventMessage,
    subscriptions: readonly Subscription[],
    given: Context | undefined,
  ) {
    this.event = event;
    this.given = given;
    this.#subscriptions = subscriptions;
    this.#remaining = subscriptions.length;
  }

  deliver(): void {
    const subscriptions = this.#subscriptions;
    for (let index = 0; index < subscriptions.length; index++) {
      subscriptions[index]!.deliver(this, index); // in bounds; an indexed loop allocates no iterator
    }
  }

  finish(): void {
    if (--this.#remaining === 0) this.#settle?.();
  }

  fail(index: number, error: unknown): void {
    (this.#errors ??= [])[index] = error;
    this.finish();
  }

  /** @returns A promise that settles when the last subscriber has finished. */
  settled(): Promise<void> {
    if (this.#remaining === 0 && !this.#errors) return DONE;
    return new Promise((resolve, reject) => {
      this.#settle = () => (this.#errors ? reject(this.#failed(this.#errors)) : resolve());
      if (this.#remaining === 0) this.#settle();
    });
  }

  #failed(sparse: unknown[]): AggregateError {
    const errors = Object.values(sparse);
    const count = `${errors.length} of ${this.#subscriptions.length}`;
    return new AggregateError(errors, `${count} subscribers of ${this.event.type} failed`);
  }
}

/** Answers every publication that has nothing to wait for. */
export const DONE: Promise<void> = Promise.resolve();
