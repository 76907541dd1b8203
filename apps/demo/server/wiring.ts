import type { Middleware } from "@counterpoint/bus";
import { CommandBus, QueryBus } from "@counterpoint/bus";
import { authorize } from "@counterpoint/bus/authorize";
import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import { idempotency } from "@counterpoint/bus/idempotency";
import { limit } from "@counterpoint/bus/limit";
import { metrics } from "@counterpoint/bus/metrics";
import { retry } from "@counterpoint/bus/retry";
import { tracing } from "@counterpoint/bus/tracing";
import { validate } from "@counterpoint/bus/validate";
import type { Clock, EventLog, EventStore, Scheduler } from "@counterpoint/events";
import { isConcurrencyError, systemClock, systemScheduler } from "@counterpoint/events";
import type { Projection, ProjectionStore } from "@counterpoint/read-model";
import { createMemoryIdempotencyStore } from "@counterpoint/memory";
import { createEventSourcedRepository } from "@counterpoint/write-model";
import type { Tracer } from "@opentelemetry/api";
import type { Access } from "./access/authenticate.ts";
import { policyOver } from "./access/policies.ts";
import { GetSession, sessionHandler } from "./access/session.ts";
import { idOfAttempt } from "./attempt.ts";
import type { OpenSpareStore } from "./lab/burst/targets.ts";
import { openSpareMemory } from "./lab/burst/targets.ts";
import { createLab } from "./lab/lab.ts";
import {
  AddWorker,
  CancelBurst,
  DiscardDeadLetter,
  GetLabStatus,
  KillLeader,
  ListDeadLetters,
  PauseProjector,
  RebuildReadModel,
  ResetLab,
  ResumeProjector,
  RetryAllDeadLetters,
  RetryDeadLetter,
  SetBug,
  SetCrash,
  SetDuplicates,
  SetPoisonPolicy,
  SetProjectorDelay,
  SetWakeUps,
  StartBurst,
} from "./lab/messages.ts";
import { ReadLog } from "./log/messages.ts";
import { sharedTail } from "./log/shared-tail.ts";
import { RunOrderingExperiment } from "./ordering/messages.ts";
import { OrderingLab } from "./ordering/ordering-lab.ts";
import { createMeasures } from "./telemetry/measures.ts";
import { GetMetrics } from "./telemetry/messages.ts";
import { observedStore } from "./telemetry/observed-store.ts";
import { userCommands } from "./users/commands.ts";
import {
  CreateUser,
  GetUserById,
  GetUserHistory,
  ListUsers,
  RemoveUser,
  RenameUser,
} from "./users/messages.ts";
import { userDirectory } from "./users/projections.ts";
import { userQueries } from "./users/queries.ts";
import { user } from "./users/user.ts";
import { within } from "./within.ts";

/** One fold, two read models: this one is applied in the transaction of each write… */
export const usersSync = userDirectory.as("users_sync");
/** …and this one later, by the projector. */
const usersEventual = userDirectory.as("users_eventual");

export type DemoStore = EventStore & EventLog & ProjectionStore;

export interface DemoOptions {
  /** A store that applies `usersSync` inline. */
  readonly store: DemoStore;
  /** Where the answers to commands with an idempotency key are kept; default: memory. Should last as long as the store. */
  readonly attempts?: IdempotencyStore;
  /** How many commands may be under way, and how many more may wait. Default: 64 and 512. */
  readonly limits?: { readonly concurrency: number; readonly queue: number };
  readonly storeName: string;
  /** Opens another store of the same kind, for bursts. Default: in memory. */
  readonly openSpareStore?: OpenSpareStore;
  /** The server behind the store, for experiments beside it. */
  readonly connectionString?: string | undefined;
  /** How long such an experiment waits between its steps, so that people can tell them apart; milliseconds. Default: 50. */
  readonly beatMs?: number | undefined;
  readonly delayMs: number;
  readonly createId: () => string;
  /** Whether callers bring a token. Default: open. */
  readonly access?: Access["mode"];
  /** Makes spans of what happens. Without one, nothing is traced. */
  readonly tracer?: Tracer | undefined;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
}

/** Puts the demo together: a store, the two sides over it, and the two buses in front of them. */
export function wireDemo(options: DemoOptions) {
  const { storeName, connectionString, delayMs, createId, tracer } = options;
  const {
    limits = { concurrency: 64, queue: 512 },
    access = "open",
    clock = systemClock,
    attempts = createMemoryIdempotencyStore({ now: () => clock.now() }),
    openSpareStore = openSpareMemory(clock),
    scheduler = systemScheduler,
  } = options;
  const measures = createMeasures(clock);
  const store = observedStore(options.store, {
    onApplied: measures.onApplied,
    now: () => performance.now(),
    tracer,
  });
  const users = createEventSourcedRepository(store, user, { category: "user" });
  const sync = store.readModel(usersSync);
  const eventual = store.readModel(usersEventual);
  const { crew, handlers: lab } = createLab({
    ...{ store, storeName, openSpareStore, delayMs, createId, clock, scheduler },
    // whoever may start a burst is an admin, and was let in already
    dispatch: (command, { metadata }) =>
      commands.dispatch(command, { metadata: { ...metadata, role: "admin" } }),
    sync: usersSync.name,
    projection: usersEventual as unknown as Projection, // documents only pass through
  });

  const ordering = new OrderingLab({ connectionString, beatMs: options.beatMs, scheduler });

  const write = userCommands(users);
  const read = userQueries({ sync, eventual }, store);

  const mayWrite = policyOver(
    { viewer: [], editor: [CreateUser, RenameUser, RemoveUser], admin: [] },
    { otherwise: "admin", clock }, // the lab
  );
  const mayRead = policyOver(
    {
      viewer: [
        GetUserById,
        ListUsers,
        GetUserHistory,
        GetLabStatus,
        ListDeadLetters,
        ReadLog,
        GetSession,
        GetMetrics,
      ],
      editor: [],
      admin: [],
    },
    { otherwise: "admin", clock },
  );

  const watched = [
    ...(tracer ? [tracedButStreams(tracer)] : []),
    metrics({ onStart: measures.onStart, record: measures.onMessage }),
  ];
  const busy = limit({ ...limits, now: () => clock.now() });
  const again = retry({ times: 5, when: isConcurrencyError, delayMs: () => 0 });
  const commands = new CommandBus({
    middleware: [
      ...watched,
      authorize(mayWrite),
      busy,
      validate(),
      idempotency({ store: attempts, waitMs: DUPLICATES_WAIT_MS, now: () => clock.now() }),
      stamp(createId),
      again,
    ],
  })
    .register(CreateUser, write.createUser)
    .register(RenameUser, write.renameUser)
    .register(RemoveUser, write.removeUser)
    .register(SetProjectorDelay, lab.setDelay)
    .register(PauseProjector, lab.pause)
    .register(ResumeProjector, lab.resume)
    .register(RebuildReadModel, lab.rebuild)
    .register(SetCrash, lab.setCrash)
    .register(SetDuplicates, lab.setDuplicates)
    .register(SetWakeUps, lab.setWakeUps)
    .register(SetBug, lab.setBug)
    .register(SetPoisonPolicy, lab.setPolicy)
    .register(RetryDeadLetter, lab.retry)
    .register(RetryAllDeadLetters, lab.retryAll)
    .register(DiscardDeadLetter, lab.discard)
    .register(AddWorker, lab.addWorker)
    .register(KillLeader, lab.killLeader)
    .register(StartBurst, lab.startBurst)
    .register(CancelBurst, lab.cancelBurst)
    .register(RunOrderingExperiment, ordering.run)
    .register(ResetLab, lab.reset);

  const queries = new QueryBus({ middleware: [...watched, authorize(mayRead), validate()] })
    .register(GetUserById, read.getUserById)
    .register(ListUsers, read.listUsers)
    .register(GetUserHistory, read.getUserHistory)
    .register(GetLabStatus, lab.status)
    .register(
      ReadLog,
      sharedTail((slice) => store.readLog(slice)),
    )
    .register(GetSession, sessionHandler(access))
    .register(GetMetrics, () =>
      measures.text({
        limit: busy,
        status: () => within(STATUS_MS, scheduler, crew.status()),
      }),
    )
    .register(ListDeadLetters, lab.deadLetters);

  return { store, projector: crew, ordering, commands, queries, measures, tracer };
}

export type Demo = ReturnType<typeof wireDemo>;

/** Figures are asked for in time, or they come without those of the store. */
const STATUS_MS = 2_000;

/** Traces every message but what streams ask again and again. */
function tracedButStreams(tracer: Tracer): Middleware {
  const traced = tracing({ tracer });
  const asked: readonly string[] = [ReadLog.type, GetLabStatus.type];
  return function tracedButStreams(message, next, context) {
    return asked.includes(message.type) ? next() : traced(message, next, context);
  };
}

/** How long one that was sent twice waits for the first, which has its place among those under way already. */
const DUPLICATES_WAIT_MS = 5_000;

/** Gives each command an id, so that the events it causes can name it, and records who asked, but not as what. */
function stamp(createId: () => string): Middleware {
  return function stamp(message, next, context) {
    const { role: _role, expiresAtMs: _until, idempotencyKey, ...asked } = context.metadata;
    const causationId =
      typeof idempotencyKey === "string"
        ? idOfAttempt(message.type, asked.actor ?? "", idempotencyKey)
        : createId();
    const metadata = { ...asked, causationId, command: message.type };
    return next(message, { ...context, metadata });
  };
}
