import { getInMemoryMessageBus } from "@event-driven-io/emmett";
import type { Command, Event } from "@event-driven-io/emmett";
import type { Library, Payload } from "../library.ts";
import { handle, typeNames } from "../library.ts";

type AnyCommand = Command<string, Payload>;
type AnyEvent = Event<string, Payload>;

/** Its messages hold their payload as `data`; a command has no result. */
export const emmett: Library = {
  command(types) {
    const bus = getInMemoryMessageBus();
    const names = typeNames("Command", types);
    for (const name of names) {
      bus.handle<AnyCommand>(async ({ data }: AnyCommand) => {
        await handle(data);
      }, name);
    }
    return (data, index) => bus.send<AnyCommand>({ type: names[index]!, data });
  },

  publish(subscribers) {
    const bus = getInMemoryMessageBus();
    for (const subscriber of subscribers) {
      bus.subscribe<AnyEvent>(({ data }: AnyEvent) => subscriber(data), "Event0");
    }
    return (data) => bus.publish<AnyEvent>({ type: "Event0", data });
  },
};
