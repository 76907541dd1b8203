import type { Context } from "@counterpoint/bus";
import { CommandBus } from "@counterpoint/bus";
import type {
  Clock,
  ConsistencyToken,
  EventLog,
  EventStore,
  Scheduler,
} from "@counterpoint/events";
import { createMemoryStore } from "@counterpoint/memory";
import type { Projection, ProjectionStore, Projector } from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import { createEventSourcedRepository } from "@counterpoint/write-model";
import { userCommands } from "../../users/commands.ts";
import { CreateUser, RemoveUser, RenameUser } from "../../users/messages.ts";
import { userDirectory } from "../../users/projections.ts";
import { user } from "../../users/user.ts";
import type { BurstTarget } from "./bursts.ts";
import type { BurstCommand } from "./plan.ts";

/** A store beside the demo's own, with other inline projections. It is gone when it is closed. */
export interface SpareStore {
  readonly store: EventStore & EventLog & ProjectionStore;
  close(): Promise<void>;
}

export type OpenSpareStore = (inline: readonly Projection[]) => Promise<SpareStore>;

/** Opens spare stores in the memory of this process. */
export function openSpareMemory(clock: Clock): OpenSpareStore {
  return async (inline) => ({
    store: createMemoryStore({ inline, clock }),
    close: async () => {},
  });
}

/** What a command of a burst is answered with. */
interface Written {
  readonly token: ConsistencyToken;
  readonly user?: { readonly id: string };
}

/** Dispatches as the demo's own bus does. */
export type Dispatch = (
  command: BurstCommand,
  options: { readonly metadata: Context["metadata"] },
) => Promise<Written>;

/** The demo's own store: what a burst writes there is to be seen on the page. */
export function ownTarget(
  dispatch: Dispatch,
  projector: Pick<Projector, "waitFor">,
  metadata: Context["metadata"],
): BurstTarget {
  const { actor = "anonymous", correlationId = "" } = metadata; // no key: each command is one of its own
  const asked = { metadata: { actor, correlationId } };
  return {
    dispatch: async (command) => writtenOf(command, await dispatch(command, asked)),
    applied: (token, signal) => waitFor(projector, token, signal),
    close: async () => {},
  };
}

interface SpareOptions {
  readonly openSpareStore: OpenSpareStore;
  readonly createId: () => string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** A demo in small, over a store of its own: the same handlers, any number of inline projections, one behind a projector. */
export async function spareTarget(inline: number, options: SpareOptions): Promise<BurstTarget> {
  const { openSpareStore, createId, clock, scheduler } = options;
  const copies = Array.from({ length: inline }, (_, index) =>
    asAny(userDirectory.as(`users_sync_${index + 1}`)),
  );
  const spare = await openSpareStore(copies);
  const users = createEventSourcedRepository(spare.store, user, { category: "user" });
  const write = userCommands(users);
  const commands = new CommandBus()
    .register(CreateUser, write.createUser)
    .register(RenameUser, write.renameUser)
    .register(RemoveUser, write.removeUser);
  const projector = createProjector(spare.store, {
    projections: [asAny(userDirectory.as("users_eventual"))],
    ...{ clock, scheduler },
  });
  try {
    await projector.start();
  } catch (error) {
    await spare.close();
    throw error;
  }
  return {
    async dispatch(command) {
      const metadata = { causationId: createId() };
      return writtenOf(command, await commands.dispatch(command, { metadata }));
    },
    applied: (token, signal) => waitFor(projector, token, signal),
    async close() {
      await projector.stop();
      await spare.close();
    },
  };
}

function writtenOf(command: BurstCommand, { token, user }: Written) {
  const isNew = command.type === CreateUser.type && user !== undefined;
  return { token, ...(isNew && { userId: user.id }) };
}

function waitFor(
  projector: Pick<Projector, "waitFor">,
  token: string,
  signal: AbortSignal,
): Promise<void> {
  return projector.waitFor(token as ConsistencyToken, {
    // it comes from a command, as it is
    projection: "users_eventual",
    timeoutMs: Infinity,
    signal,
  });
}

function asAny<TDocument>(projection: Projection<TDocument>): Projection {
  return projection as unknown as Projection; // documents only pass through
}
