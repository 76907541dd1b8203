import type { Scheduler } from "@counterpoint/events";

/** Waits for an answer, but not for ever. @throws {Error} When it takes longer than `ms`. */
export function within<T>(ms: number, scheduler: Scheduler, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = scheduler.after(ms, () => reject(new Error(`No answer within ${ms} ms.`)));
    answer.then(resolve, reject).finally(() => timer[Symbol.dispose]());
  });
}
