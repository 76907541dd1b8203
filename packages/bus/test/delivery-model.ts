import fc from "fast-check";
import { agree, show } from "./disagreement.ts";

/** An event bus as the property of delivery sees it. */
export interface DeliveringBus {
  subscribe(type: string, subscriber: (event: Published) => unknown): () => void;
  publish(type: string, event: Published): Promise<void>;
}

/** @param retries - How often a subscriber that fails is called again, at once. */
export type CreateDeliveringBus = (retries: number) => DeliveringBus;

/** One call of `publish`. */
export interface Published {
  readonly id: number;
  /** How many publications lie between this one and the script. */
  readonly depth: number;
}

/**
 * The law of delivery: whatever fails, however long each call takes, whoever publishes in turn and whoever leaves,
 *
 * 1. a subscriber handles one event at a time, in the order of publishing, and misses none for the failure of another;
 * 2. a retry calls the one that failed and no other;
 * 3. `publish` settles when the last of its subscribers has finished, and not before, with exactly what they threw, in
 *    the order of subscription, in one `AggregateError`;
 * 4. who has left is called for nothing more, and nobody waits for it.
 */
export function deliversLikeTheModel(
  create: CreateDeliveringBus,
  { maxRetries = 2 }: { readonly maxRetries?: number } = {},
): fc.IAsyncProperty<unknown> {
  const run = async (scheduler: fc.Scheduler, { retries, plans, steps }: Scenario) => {
    const world = new World(create(retries), scheduler);
    for (const plan of plans) world.join(plan);
    for (const step of steps) {
      if (step.do === "publish") world.publish(step.type, 0);
      else if (step.do === "join") world.join(step.plan);
      else if (step.do === "leave") world.leave(step.subscriber);
      else await scheduler.waitNext(Math.min(step.tasks, scheduler.count()));
    }
    await world.comesToRest();
    for (const member of world.members) agreeOnCalls(member, world, retries);
    for (const publication of world.publications) agreeOnOutcome(publication, world);
  };
  return fc.asyncProperty(fc.scheduler(), scenario(maxRetries), run);
}

/** What a subscriber does with one event. */
interface Reaction {
  /** `"never"` begins and does not end. */
  readonly takes: "no time" | "time" | "for ever";
  /** How many of its calls fail before one succeeds. */
  readonly failures: number;
  /** What it publishes in turn, without awaiting it, on its first call. */
  readonly echo: string | undefined;
}

interface Plan {
  readonly type: string;
  /** The event with id `n` meets reaction `n` modulo their number. */
  readonly reactions: readonly Reaction[];
}

type Step =
  | { readonly do: "publish"; readonly type: string }
  | { readonly do: "join"; readonly plan: Plan }
  | { readonly do: "leave"; readonly subscriber: number }
  | { readonly do: "pause"; readonly tasks: number };

interface Scenario {
  readonly retries: number;
  readonly plans: readonly Plan[];
  readonly steps: readonly Step[];
}

const type = fc.constantFrom("A", "B");
const reaction: fc.Arbitrary<Reaction> = fc.record({
  takes: fc.oneof(
    { weight: 5, arbitrary: fc.constant("no time" as const) },
    { weight: 8, arbitrary: fc.constant("time" as const) },
    { weight: 1, arbitrary: fc.constant("for ever" as const) },
  ),
  failures: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
  echo: fc.option(type, { nil: undefined, freq: 3 }),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  type,
  reactions: fc.array(reaction, { minLength: 1, maxLength: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("publish" as const), type }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pause" as const), tasks: fc.nat({ max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("leave" as const), subscriber: fc.nat({ max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("join" as const), plan }) },
);
const scenario = (maxRetries: number): fc.Arbitrary<Scenario> =>
  fc.record({
    retries: fc.nat({ max: maxRetries }),
    plans: fc.array(plan, { minLength: 1, maxLength: 4 }),
    steps: fc.array(step, { minLength: 1, maxLength: 10 }),
  });

/** One call of one subscriber. */
interface Call {
  readonly event: number;
  readonly beganAt: number;
  endedAt: number | undefined;
  failure: { readonly error: Error } | undefined;
}

interface Member {
  readonly plan: Plan;
  readonly calls: Call[];
  readonly unsubscribe: () => void;
  leftAt: number | undefined;
}

interface Publication {
  readonly event: number;
  readonly audience: readonly Member[];
  settledAt: number | undefined;
  /** What `publish` rejected with; empty when it resolved. */
  rejection: readonly unknown[];
}

/** Plays a scenario and takes down who was called when. Time is the number of things that happened before. */
class World {
  readonly members: Member[] = [];
  readonly publications: Publication[] = [];
  readonly #bus: DeliveringBus;
  readonly #scheduler: fc.Scheduler;
  #time = 0;

  constructor(bus: DeliveringBus, scheduler: fc.Scheduler) {
    this.#bus = bus;
    this.#scheduler = scheduler;
  }

  join(plan: Plan): void {
    const calls: Call[] = [];
    const unsubscribe = this.#bus.subscribe(plan.type, (event) => this.#react(plan, calls, event));
    this.members.push({ plan, calls, unsubscribe, leftAt: undefined });
  }

  leave(subscriber: number): void {
    const member = this.members[subscriber % this.members.length]!; // there is always one
    member.leftAt ??= this.#time++;
    member.unsubscribe();
  }

  publish(type: string, depth: number): void {
    const event = this.publications.length;
    const audience = this.members.filter(
      ({ plan, leftAt }) => plan.type === type && leftAt === undefined,
    );
    const publication: Publication = { event, audience, settledAt: undefined, rejection: [] };
    this.publications.push(publication);
    this.#bus.publish(type, { id: event, depth }).then(
      () => (publication.settledAt = this.#time++),
      (error: unknown) => {
        publication.settledAt = this.#time++;
        publication.rejection =
          error instanceof AggregateError ? error.errors : ["not an aggregate", error];
      },
    );
  }

  /** Goes on until nothing more happens. The scheduler knows of no promise but its own, hence the turns in between. */
  async comesToRest(): Promise<void> {
    let before: number;
    do {
      before = this.#time;
      await this.#scheduler.waitIdle();
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    } while (this.#time !== before);
  }

  #react({ reactions }: Plan, calls: Call[], { id, depth }: Published): unknown {
    const { takes, failures, echo } = reactions[id % reactions.length]!; // in bounds
    const attempt = calls.filter(({ event }) => event === id).length;
    const call: Call = { event: id, beganAt: this.#time++, endedAt: undefined, failure: undefined };
    calls.push(call);
    if (echo !== undefined && attempt === 0 && depth < 2) this.publish(echo, depth + 1);
    if (takes === "for ever") return new Promise(() => {});
    const end = () => {
      call.endedAt = this.#time++;
      if (attempt >= failures) return;
      call.failure = { error: new Error(`event ${id}, attempt ${attempt}`) };
      throw call.failure.error;
    };
    return takes === "time" ? this.#scheduler.schedule(Promise.resolve()).then(end) : end();
  }
}

function agreeOnCalls(member: Member, { members, publications }: World, retries: number): void {
  const { plan, calls, leftAt } = member;
  const who = `subscriber ${members.indexOf(member)}`;
  for (const [index, call] of calls.entries()) {
    const before = calls[index - 1];
    agree(
      before === undefined || (before.endedAt !== undefined && before.endedAt < call.beganAt),
      () => `${who} began event ${call.event} while it was busy with event ${before?.event}`,
    );
    agree(
      leftAt === undefined || call.beganAt < leftAt || before?.event === call.event,
      () => `${who} was called for event ${call.event} after it had left`,
    );
  }
  const due = publications
    .filter(({ audience }) => audience.includes(member))
    .map(({ event }) => event);
  const last = calls.at(-1);
  const held = leftAt !== undefined || (last !== undefined && last.endedAt === undefined);
  const reached = held ? due.slice(0, new Set(calls.map(({ event }) => event)).size) : due;
  const expected = reached.flatMap((event) => {
    const { takes, failures } = plan.reactions[event % plan.reactions.length]!; // in bounds
    const times = takes === "for ever" ? 1 : Math.min(failures, retries) + 1;
    return Array<number>(times).fill(event);
  });
  const called = calls.map(({ event }) => event);
  agree(
    show(called) === show(expected),
    () => `${who} was called for ${show(called)}, not ${show(expected)}`,
  );
}

function agreeOnOutcome(
  { event, audience, settledAt, rejection }: Publication,
  world: World,
): void {
  const last = audience.map(({ calls }) => calls.findLast((call) => call.event === event));
  const finished = audience.every(({ leftAt }, index) => {
    const call = last[index];
    return call === undefined ? leftAt !== undefined : call.endedAt !== undefined;
  });
  const what = `the publishing of event ${event} to ${show(audience.map((member) => world.members.indexOf(member)))}`;
  agree(
    finished === (settledAt !== undefined),
    () => `${what} did ${finished ? "not settle" : "settle"}`,
  );
  agree(
    settledAt === undefined ||
      last.every((call) => call === undefined || call.endedAt! < settledAt), // all have ended
    () => `${what} settled before its last subscriber had finished`,
  );
  const errors = last.flatMap((call) => (call?.failure && finished ? [call.failure.error] : []));
  agree(
    errors.length === rejection.length &&
      errors.every((error, index) => error === rejection[index]),
    () => `${what} failed with ${rejection.map(show).join()}, not with ${errors.map(show).join()}`,
  );
}
