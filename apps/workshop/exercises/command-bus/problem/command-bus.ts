import type { Message } from "@counterpoint/bus";

type Handler = (payload: unknown) => unknown;

/** Hands each command to the handler that was registered for its type. */
export function createCommandBus() {
  let reserve: Handler | undefined;
  let cancel: Handler | undefined;

  return {
    register(type: string, handler: Handler): void {
      if (type === "ReserveSeat") reserve = handler;
      if (type === "CancelSeat") cancel = handler;
    },

    async dispatch({ type, payload }: Message): Promise<unknown> {
      switch (type) {
        case "ReserveSeat":
          return reserve?.(payload);
        case "CancelSeat":
          return cancel?.(payload);
        default:
          return undefined;
      }
    },
  };
}
