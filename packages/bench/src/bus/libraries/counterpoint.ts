import type { Middleware } from "@counterpoint/bus";
import { CommandBus, EventBus, QueryBus, command, event, query, type } from "@counterpoint/bus";
import type { Library, Payload } from "../library.ts";
import { handle, typeNames } from "../library.ts";

const schemas = { payload: type<Payload>(), result: type<Payload>() };
const handOn: Middleware = (_message, next) => next();

export const counterpoint: Library = {
  command(types) {
    const contracts = typeNames("Command", types).map((name) => command(name, schemas));
    const bus = contracts.reduce<CommandBus<ReturnType<(typeof contracts)[number]>>>(
      (all, contract) => all.register(contract, handle),
      new CommandBus(),
    );
    return (payload, index) => bus.dispatch(contracts[index]!(payload));
  },

  query() {
    const Query0 = query("Query0", schemas);
    const bus = new QueryBus().register(Query0, handle);
    return (payload) => bus.dispatch(Query0(payload));
  },

  publish(subscribers) {
    const Event0 = event("Event0", { payload: type<Payload>() });
    const bus = new EventBus();
    for (const subscriber of subscribers) bus.subscribe(Event0, subscriber);
    return (payload) => bus.publish(Event0(payload));
  },

  layered() {
    const Command0 = command("Command0", schemas);
    const bus = new CommandBus({ middleware: [handOn, handOn, handOn] }).register(Command0, handle);
    return (payload) => bus.dispatch(Command0(payload));
  },
};
