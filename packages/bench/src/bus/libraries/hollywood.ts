import "reflect-metadata";
import { Application, Domain, EventSourcing } from "hollywood-js";
import type { Library, Payload } from "../library.ts";
import { handle, typeNames } from "../library.ts";

class Message {
  readonly payload: Payload;
  constructor(payload: Payload) {
    this.payload = payload;
  }
}

const handler = {
  command: true, // what its decorator `autowiring` leaves on a class
  handle: ({ payload }: Message) => handle(payload),
} as never; // its types know neither our payload nor a result of a command
const handOn = {
  execute: (message: object, next: (message: object) => Promise<unknown>) => next(message),
} as never; // as above

/** Handlers without its container; a command's result is dropped there. */
export const hollywood: Library = {
  command(types) {
    const commands = typeNames("Command", types).map(named);
    const app = new Application.App(
      new Map(commands.map((each) => [each, handler])),
      new Map<never, never>(),
    );
    return (payload, type) => app.handle(new commands[type]!(payload));
  },

  query() {
    const Query0 = named("Query0");
    const app = new Application.App(new Map<never, never>(), new Map([[Query0, handler]]));
    return (payload) => app.ask(new Query0(payload));
  },

  layered() {
    const Command0 = named("Command0");
    const app = new Application.App(new Map([[Command0, handler]]), new Map<never, never>(), [
      handOn,
      handOn,
      handOn,
    ]);
    return (payload) => app.handle(new Command0(payload));
  },

  publish(subscribers) {
    const Event0 = named("Event0");
    const bus = new EventSourcing.EventBus();
    for (const subscriber of subscribers) {
      class Own extends EventSourcing.EventSubscriber {
        constructor() {
          super();
          this.registerHandler(Event0 as never, (event) =>
            subscriber((event as unknown as Message).payload),
          );
        }
      }
      bus.attach(Event0 as never, new Own());
    }
    // The envelope comes from an aggregate there: making one is not the bus's work.
    const event = new Event0({ n: 1 }) as never;
    const message = Domain.DomainMessage.create("1", 1, event, [], new Date(0), "1");
    return () => bus.publish(message);
  },
};

/** It routes by the class's name. */
function named(name: string): typeof Message {
  const made = class extends Message {};
  Object.defineProperty(made, "name", { value: name });
  return made;
}
