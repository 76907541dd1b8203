import "reflect-metadata";
import { Logger } from "@nestjs/common";
import type { ModuleRef } from "@nestjs/core";
import {
  CommandBus,
  CommandHandler,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
  UnhandledExceptionBus,
} from "@nestjs/cqrs";
import type { Library, Payload, Subscriber } from "../library.ts";
import { handle, typeNames } from "../library.ts";

class Message {
  readonly payload: Payload;
  constructor(payload: Payload) {
    this.payload = payload;
  }
}

type Registered<TBus extends { register(handlers: never[]): void }> = NonNullable<
  Parameters<TBus["register"]>[0]
>[number];

Logger.overrideLogger(false);
// Only handlers that depend on a request ask for modules.
const modules = {} as ModuleRef;

/** The buses as Nest's container would build and fill them, without the container. */
export const nest: Library = {
  command(types) {
    const bus = new CommandBus(modules);
    const commands = typeNames("Command", types).map(() => class extends Message {});
    bus.register(
      commands.map((each) => {
        class Handler {
          execute({ payload }: Message): Promise<Payload> {
            return handle(payload);
          }
        }
        CommandHandler(each)(Handler);
        return wrapped(Handler) as unknown as Registered<CommandBus>;
      }),
    );
    return (payload, type) => bus.execute(new commands[type]!(payload));
  },

  query() {
    class Query0 extends Message {}
    class Handler {
      execute({ payload }: Message): Promise<Payload> {
        return handle(payload);
      }
    }
    QueryHandler(Query0)(Handler);
    const bus = new QueryBus(modules);
    bus.register([wrapped(Handler) as unknown as Registered<QueryBus>]);
    return (payload) => bus.execute(new Query0(payload));
  },

  publish(subscribers) {
    class Event0 extends Message {}
    const bus = new EventBus(new CommandBus(modules), modules, new UnhandledExceptionBus());
    bus.register(
      subscribers.map((subscriber: Subscriber) => {
        class Handler {
          handle({ payload }: Message): void | Promise<void> {
            return subscriber(payload);
          }
        }
        EventsHandler(Event0)(Handler);
        return wrapped(Handler) as unknown as Registered<EventBus>;
      }),
    );
    return (payload) => bus.publish(new Event0(payload));
  },
};

/** What the container hands to the buses: a class, and the one instance of it. */
function wrapped(metatype: new () => unknown) {
  return { metatype, instance: new metatype(), isDependencyTreeStatic: () => true };
}
