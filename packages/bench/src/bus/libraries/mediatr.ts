import {
  Mediator,
  NotificationData,
  RequestData,
  notificationHandler,
  pipelineBehavior,
  requestHandler,
} from "mediatr-ts";
import type { Library, Payload, Send } from "../library.ts";
import { handle, typeNames } from "../library.ts";

/** Its registry belongs to the process, and commands and queries are one. */
export const mediatr: Library = {
  command: (types) => requests(types),
  query: () => requests(1),

  layered() {
    class HandOn {
      handle(_request: unknown, next: () => unknown): Promise<unknown> {
        return next() as Promise<unknown>; // its handlers return promises
      }
    }
    class HandOn2 extends HandOn {}
    class HandOn3 extends HandOn {}
    for (const each of [HandOn, HandOn2, HandOn3]) pipelineBehavior()(each);
    return requests(1);
  },

  publish(subscribers) {
    class Event0 extends NotificationData {
      readonly payload: Payload;
      constructor(payload: Payload) {
        super();
        this.payload = payload;
      }
    }
    for (const subscriber of subscribers) {
      class Own {
        async handle({ payload }: Event0): Promise<void> {
          await subscriber(payload);
        }
      }
      notificationHandler(Event0)(Own);
    }
    const mediator = new Mediator();
    return (payload) => mediator.publish(new Event0(payload) as never); // it declares the browser's `Notification`
  },
};

function requests(types: number): Send {
  const classes = typeNames("Request", types).map(() => {
    class Own extends RequestData<Payload> {
      readonly payload: Payload;
      constructor(payload: Payload) {
        super();
        this.payload = payload;
      }
    }
    class Handler {
      handle({ payload }: Own): Promise<Payload> {
        return handle(payload);
      }
    }
    requestHandler(Own)(Handler);
    return Own;
  });
  const mediator = new Mediator();
  return (payload, type) => mediator.send(new classes[type]!(payload));
}
