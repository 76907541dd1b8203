import type { EventStore, RecordedEvent } from "@counterpoint/events";
import type { ReadModel } from "@counterpoint/read-model";
import type { UserChange, UserView } from "./messages.ts";
import { isUserId } from "./user-id.ts";
import { UserError } from "./user-error.ts";

interface UserDocument {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at: Date;
}

/** The same documents twice: as of the last command, and as of the projector's checkpoint. */
export interface UserReadModels {
  readonly sync: ReadModel<UserDocument>;
  readonly eventual: ReadModel<UserDocument>;
}

type Consistency = keyof UserReadModels;

/** The read handlers: pure reads, from whichever read model the reader chose. */
export function userQueries(models: UserReadModels, store: Pick<EventStore, "readStream">) {
  return {
    async getUserById({ userId, consistency }: { userId: string; consistency: Consistency }) {
      const found = isUserId(userId) ? await models[consistency].get(userId) : undefined;
      if (found === undefined) throw new UserError("USER_NOT_FOUND", userId);
      return viewOf(found);
    },

    async listUsers({
      page,
      page_size,
      consistency,
    }: {
      page: number;
      page_size: number;
      consistency: Consistency;
    }) {
      const { documents, total } = await models[consistency].find({
        orderBy: ["created_at"],
        limit: page_size,
        offset: (page - 1) * page_size,
      });
      return { users: documents.map(viewOf), page, page_size, total };
    },

    async getUserHistory({ userId }: { userId: string }) {
      const events = isUserId(userId) ? await store.readStream(`user-${userId}`) : [];
      if (events.length === 0) throw new UserError("USER_NOT_FOUND", userId);
      return { user_id: userId, events: events.map(changeOf) };
    },
  };
}

function viewOf({ created_at, ...user }: UserDocument): UserView {
  return { ...user, created_at: created_at.toISOString() };
}

function changeOf({
  type,
  version,
  position,
  recordedAt,
  payload,
  metadata,
}: RecordedEvent): UserChange {
  const { id, actor, correlationId, causationId } = metadata;
  const command = metadata["command"];
  return {
    type,
    version,
    position,
    recorded_at: recordedAt.toISOString(),
    actor: actor ?? null,
    command: typeof command === "string" ? command : null,
    correlation_id: correlationId ?? null,
    causation_id: causationId ?? null,
    event_id: id,
    changes: payload,
  };
}
