import { SeatsLeft, createQueryBus } from "../exercise.ts";

const bus = createQueryBus();
bus.register(SeatsLeft, ({ concertId }) => concertId.length);
createQueryBus().register(SeatsLeft, async () => 20);

export const left: number = await bus.ask(SeatsLeft({ concertId: "concert-1" }));
