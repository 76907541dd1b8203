import type { CommandMessage, QueryMessage } from "@counterpoint/bus";
import { holdSeat, seatsLeft } from "../exercise.ts";

declare function dispatch(command: CommandMessage): void;
declare function ask(query: QueryMessage): void;

dispatch(holdSeat("c1", "A1", new Date()));
ask(seatsLeft("c1"));
