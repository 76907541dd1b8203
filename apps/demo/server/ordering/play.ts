import type { Scheduler } from "@counterpoint/events";
import type { Actor } from "./actor.ts";
import type { StepReport, StrategyName, StrategyReport } from "./messages.ts";
import type { Moment, Written } from "./report.ts";
import { reportOf } from "./report.ts";
import type { Step, TransactionName } from "./schedules.ts";
import type { Scratch } from "./scratch.ts";
import type { LogFollower, Strategy } from "./strategies.ts";

export interface PlayOptions {
  readonly name: StrategyName;
  readonly strategy: Strategy;
  readonly steps: readonly Step[];
  readonly scratch: Scratch;
  /** A connection for each transaction. */
  readonly actors: ReadonlyMap<TransactionName, Actor>;
  /** How long to wait between steps, so that people can tell them apart; milliseconds. */
  readonly beatMs: number;
  /** How long the fence may wait for transactions of others to end; milliseconds. */
  readonly patienceMs: number;
  readonly scheduler: Scheduler;
  /** Reads a clock finer than milliseconds. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** What a step becomes in the report, while it is not over. */
type OpenStep = { -readonly [TName in keyof StepReport]: StepReport[TName] };

const HOLD_BEATS = 3;
const LOOK_MS = 5;

/**
 * Plays a schedule under one strategy. Each step waits for the one before to be done, or to be seen waiting for a lock; so
 * the order of things does not hang on time.
 */
export async function play(options: PlayOptions): Promise<StrategyReport> {
  const { scratch, name, strategy } = options;
  const schema = await scratch.makeSchema(name);
  const sql = strategy.prepare?.(schema);
  if (sql !== undefined) await scratch.pool.query(sql);
  try {
    return await new Director(options, schema).run();
  } finally {
    if (!options.signal.aborted) await scratch.dropSchema(schema);
  }
}

class Director {
  readonly #options: PlayOptions;
  readonly #schema: string;
  readonly #follower: LogFollower;
  readonly #beganMs: number;
  readonly #steps: OpenStep[] = [];
  readonly #written: Written[] = [];
  readonly #polls: Moment[] = [];
  readonly #read: TransactionName[] = [];
  /** The ids of transactions of ours. */
  readonly #txids = new Set<bigint>();
  #moments = 0;
  #locks = 0;
  #isDisturbed = false;

  constructor(options: PlayOptions, schema: string) {
    this.#options = options;
    this.#schema = schema;
    this.#follower = options.strategy.follow(options.scratch.pool, schema);
    this.#beganMs = options.nowMs();
  }

  async run(): Promise<StrategyReport> {
    const { steps, beatMs, signal, name } = this.#options;
    for (const step of steps) {
      signal.throwIfAborted();
      const open = this.#open(step);
      if (step.does === "poll") await this.#poll(open);
      else if (step.does === "hold") await this.#pause(HOLD_BEATS * beatMs);
      else this.#tell(step, open);
      await this.#settle();
      if (step.does === "hold") open.done_ms = this.#moment().ms;
      if (step.does !== "begin") await this.#pause(beatMs);
    }
    for (const event of this.#written) event.isPassed = this.#follower.hasPassed(event);
    return reportOf({
      strategy: name,
      tookMs: this.#moment().ms,
      steps: this.#steps,
      written: this.#written,
      polls: this.#polls,
      read: this.#read,
      locksPerAppend: this.#locks,
      isDisturbed: this.#isDisturbed,
    });
  }

  #open({ who, does }: Step): OpenStep {
    const began_ms = this.#moment().ms;
    const rest = { done_ms: began_ms, waited_for: null, position: null, saw: [] };
    const open: OpenStep = { who, does, began_ms, ...rest };
    this.#steps.push(open);
    return open;
  }

  /** Has a transaction do something; it may have to wait, and what it is told after that waits with it. */
  #tell({ who, does, stream }: Step, open: OpenStep): void {
    if (who === "reader") return;
    this.#actor(who).tell(async (client) => {
      if (does === "append") {
        await this.#append(who, stream ?? `order-${who}`, open);
      } else if (does === "write elsewhere") {
        const { rows } = await client.query<{ txid: string }>(
          `insert into ${this.#schema}.elsewhere values (now()) returning pg_current_xact_id() as txid`,
        );
        this.#txids.add(BigInt(rows[0]!.txid)); // one row was written
      } else {
        await client.query(does === "begin" ? "begin isolation level read committed" : does);
      }
      const done = this.#moment();
      open.done_ms = done.ms;
      const event = this.#written.find(({ transaction }) => transaction === who);
      if (does === "commit" && event) event.committed = done;
    });
  }

  async #append(transaction: TransactionName, stream: string, open: OpenStep): Promise<void> {
    const { client } = this.#actor(transaction);
    const appended = await this.#options.strategy.append(client, this.#schema, stream);
    open.position = appended.position;
    this.#txids.add(appended.txid);
    this.#written.push({ ...appended, transaction, stream, isPassed: false });
    const { rows } = await client.query<{ locks: number }>(
      `select count(*)::integer as locks from pg_locks
       where pid = pg_backend_pid() and locktype = 'advisory'`,
    );
    this.#locks = Math.max(this.#locks, rows[0]?.locks ?? 0);
  }

  async #poll(open: OpenStep): Promise<void> {
    const { nowMs, patienceMs, signal } = this.#options;
    const endsAtMs = nowMs() + patienceMs;
    for (;;) {
      signal.throwIfAborted();
      const { positions, fence } = await this.#follower.poll();
      this.#saw(positions, open);
      if (fence === undefined || !this.#isLeftForStrangers(fence)) break;
      this.#isDisturbed ||= nowMs() > endsAtMs; // once is enough
      if (this.#isDisturbed) break;
      await this.#pause(LOOK_MS);
    }
    const done = this.#moment();
    open.done_ms = done.ms;
    this.#polls.push(done);
  }

  #saw(positions: readonly number[], open: OpenStep): void {
    for (const position of positions) {
      const event = this.#written.find((each) => each.position === position);
      if (!event) throw new Error(`The reader saw position ${position}, which nobody wrote.`);
      event.seen = this.#moment();
      this.#read.push(event.transaction);
      open.saw = [...open.saw, event.transaction];
    }
  }

  /** Whether a transaction of somebody else keeps an event back. It should not spoil the picture if it ends soon. */
  #isLeftForStrangers(fence: bigint): boolean {
    if (this.#txids.has(fence)) return false;
    return this.#written.some(({ committed, seen, txid }) => committed && !seen && txid >= fence);
  }

  /** Resolves when every transaction has done what it was told, or waits for another one of them. */
  async #settle(): Promise<void> {
    const { signal, scratch } = this.#options;
    const entries = [...this.#options.actors];
    for (let stuck = 0; stuck < 2;) {
      signal.throwIfAborted();
      for (const [, actor] of entries) actor.check();
      const busy = entries.filter(([, actor]) => actor.isBusy);
      if (busy.length === 0) return;
      const { rows } = await scratch.observer.query<{ pid: number; blockers: number[] }>(
        "select pid, pg_blocking_pids(pid) as blockers from unnest($1::integer[]) pid",
        [busy.map(([, { pid }]) => pid)],
      );
      let waiting = 0;
      for (const [who, { pid }] of busy) {
        const blockers = rows.find((row) => row.pid === pid)?.blockers ?? [];
        const blocker = entries.find(([, other]) => blockers.includes(other.pid));
        if (!blocker) continue;
        waiting++;
        const open = this.#steps.find((step) => step.who === who && this.#isUnderWay(step));
        if (open) open.waited_for = blocker[0];
      }
      stuck = waiting === busy.length ? stuck + 1 : 0; // twice, as one look is not one moment
      if (stuck < 2) await this.#pause(LOOK_MS);
    }
  }

  #isUnderWay({ does, position }: StepReport): boolean {
    return does === "append" && position === null;
  }

  #actor(who: TransactionName): Actor {
    const actor = this.#options.actors.get(who);
    if (!actor) throw new Error(`Nobody plays transaction ${who}.`);
    return actor;
  }

  #moment(): Moment {
    return { nth: this.#moments++, ms: this.#options.nowMs() - this.#beganMs };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.scheduler.after(ms, resolve));
  }
}
