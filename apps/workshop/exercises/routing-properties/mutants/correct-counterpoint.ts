import type { CommandMessage } from "@counterpoint/bus";
import { CommandBus, command, type as schema } from "@counterpoint/bus";
import type { Bus } from "../exercise.ts";

const anything = { payload: schema<unknown>(), result: schema<unknown>() };

/** The bus of this repository. */
export function createCounterpointBus(): Bus {
  const bus = new CommandBus<CommandMessage>();
  return {
    register: (type, handler) => void bus.register(command(type, anything), handler),
    dispatch: (type, payload) => bus.dispatch(command(type, anything)(payload)),
  };
}
