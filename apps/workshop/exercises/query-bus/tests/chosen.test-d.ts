import { SeatsLeft, createQueryBus } from "../exercise.ts";

const bus = createQueryBus();

// @ts-expect-error the contract promises a number
bus.register(SeatsLeft, () => "many");
// @ts-expect-error the contract promises a number
export const left: string = await bus.ask(SeatsLeft({ concertId: "concert-1" }));
