/** What a contender measured in one turn, by metric. */
export type Measured = Readonly<Record<string, number>>;

/** One contender at one task, in a process of its own. */
export interface Task {
  /** Does the work `count` times. */
  measure(count: number): Promise<Measured>;
  stop?(): Promise<void>;
}

/** Anything that survives a message between processes. */
export type Setting = string | number | boolean;
export type Settings = Readonly<Record<string, Setting>>;

export type Factory = (settings: Settings) => Promise<Task>;

/** What the parent asks for. */
export type Request =
  | { readonly ask: "prepare"; readonly contender: string; readonly settings: Settings }
  | { readonly ask: "measure"; readonly count: number }
  | { readonly ask: "stop" };

export type Answer = { readonly measured: Measured } | { readonly error: string };

/** Serves the parent process until it says stop. */
export function serve(find: (contender: string) => Factory | undefined): void {
  let task: Task | undefined;
  process.once("disconnect", () => process.exit()); // nobody is interested any more
  process.on("message", (request: Request) => {
    answer(request).then(
      (measured) => {
        process.send!({ measured } satisfies Answer); // there is a parent, since it has sent something
        if (request.ask === "stop") process.disconnect();
      },
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        process.send!({ error: text } satisfies Answer);
      },
    );
  });

  async function answer(request: Request): Promise<Measured> {
    switch (request.ask) {
      case "prepare": {
        const factory = find(request.contender);
        if (!factory) throw new Error(`There is no contender ${request.contender}.`);
        task = await factory(request.settings);
        return {};
      }
      case "measure":
        return task!.measure(request.count); // prepared before
      case "stop":
        await task?.stop?.();
        return {};
    }
  }
}

/**
 * Times work that does something `count` times: nanoseconds each by the clock, how many a second, and nanoseconds of
 * processor time, in which the time that others had the processor does not show.
 */
export function timed(work: (count: number) => Promise<unknown>, stop?: () => Promise<void>): Task {
  return {
    async measure(count) {
      const before = process.cpuUsage();
      const start = process.hrtime.bigint();
      await work(count);
      const ns = Number(process.hrtime.bigint() - start) / count;
      const { user, system } = process.cpuUsage(before);
      return { ns, perSecond: 1e9 / ns, cpuNs: ((user + system) * 1_000) / count };
    },
    ...(stop ? { stop } : {}),
  };
}
