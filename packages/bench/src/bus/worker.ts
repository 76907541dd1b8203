import type { Factory, Task } from "../harness/worker.ts";
import { serve, timed } from "../harness/worker.ts";
import type { Library, Send } from "./library.ts";
import { hear, hearNow, received } from "./library.ts";

// One process: one library at one task.

const LIBRARIES: Readonly<Record<string, () => Promise<Library>>> = {
  direct: async () => (await import("./libraries/hand-written.ts")).direct,
  optimal: async () => (await import("./libraries/hand-written.ts")).optimal,
  isolated: async () => (await import("./libraries/hand-written.ts")).isolated,
  awaiting: async () => (await import("./libraries/hand-written.ts")).awaiting,
  composing: async () => (await import("./libraries/hand-written.ts")).composing,
  promiseAll: async () => (await import("./libraries/hand-written.ts")).promiseAll,
  counterpoint: async () => (await import("./libraries/counterpoint.ts")).counterpoint,
  emmett: async () => (await import("./libraries/emmett.ts")).emmett,
  nest: async () => (await import("./libraries/nest.ts")).nest,
  hollywood: async () => (await import("./libraries/hollywood.ts")).hollywood,
  mediatr: async () => (await import("./libraries/mediatr.ts")).mediatr,
  emittery: async () => (await import("./libraries/emittery.ts")).emittery,
};

serve((name) => {
  const load = LIBRARIES[name];
  if (!load) return undefined;
  const factory: Factory = async ({ task, types = 1, subscribers = 0, weighAfter = 0 }) => {
    const library = await load();
    const listeners = Array.from({ length: Number(subscribers) }, () =>
      task === "publish" ? hear : hearNow,
    );
    const send = await makeSend(library, String(task), Number(types), listeners);
    const heardBy = listeners.length === 0 ? 1 : listeners.length;
    const work = (count: number): Promise<void> => dispatch(send, count, Number(types), heardBy);
    return Number(weighAfter) > 0 ? weighed(work, Number(weighAfter)) : timed(work);
  };
  return factory;
});

async function makeSend(
  library: Library,
  task: string,
  types: number,
  listeners: readonly (typeof hear | typeof hearNow)[],
): Promise<Send> {
  const { command, query, layered, publish } = library;
  let made: Send | Promise<Send> | undefined;
  if (task === "command") made = command?.(types);
  else if (task === "query") made = query?.();
  else if (task === "layered") made = layered?.();
  else made = publish?.(listeners);
  if (!made) throw new Error(`It has nothing for the task ${task}.`);
  return made;
}

/** What the last message was answered with: kept, so that no answer is thrown away unseen. */
export let answered: unknown;

async function dispatch(send: Send, count: number, types: number, heardBy: number): Promise<void> {
  received.total = 0;
  if (types === 1) {
    for (let index = 0; index < count; index++) answered = await send({ n: 1 }, 0);
  } else {
    for (let index = 0; index < count; index++) answered = await send({ n: 1 }, index % types);
  }
  if (received.total !== count * heardBy) {
    throw new Error(`Of ${count * heardBy} calls, ${received.total} arrived.`);
  }
}

/** Weighs what work leaves on the heap while nothing is collected; needs `--expose-gc` and a large young generation. */
function weighed(work: (count: number) => Promise<void>, warmUp: number): Task {
  const warm = work(warmUp);
  return {
    async measure(count) {
      await warm;
      globalThis.gc!(); // the flag is given
      const before = process.memoryUsage().heapUsed;
      await work(count);
      return { bytes: (process.memoryUsage().heapUsed - before) / count };
    },
  };
}
