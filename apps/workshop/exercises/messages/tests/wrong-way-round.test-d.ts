import type { CommandMessage, QueryMessage } from "@counterpoint/bus";
import { holdSeat, seatsLeft } from "../exercise.ts";

declare function dispatch(command: CommandMessage): void;
declare function ask(query: QueryMessage): void;

// @ts-expect-error a query is no command
dispatch(seatsLeft("c1"));
// @ts-expect-error a command is no query
ask(holdSeat("c1", "A1", new Date()));
