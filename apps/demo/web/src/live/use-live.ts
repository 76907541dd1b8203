import { useEffect, useReducer } from "react";
import { openStream } from "../role/open-stream.ts";
import type { LiveListener } from "./connect.ts";
import { connectLive } from "./connect.ts";
import type { LiveState } from "./live-state.ts";
import { liveReducer, nothingYet } from "./live-state.ts";

/**
 * Keeps the page told by the server.
 *
 * A page that nobody sees lets go of its streams: browsers allow six connections per host, tabs together.
 *
 * @param also - Hears everything as well, unabridged.
 */
export function useLive(also: LiveListener): LiveState {
  const [state, dispatch] = useReducer(liveReducer, nothingYet);

  useEffect(() => {
    let disconnect: (() => void) | undefined;
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      disconnect?.();
    };

    function follow(): void {
      if (document.hidden) {
        disconnect?.();
        disconnect = undefined;
        return;
      }
      disconnect ??= connectLive(
        {
          onConnection(connected) {
            also.onConnection(connected);
            dispatch({ type: connected ? "connected" : "lost" });
          },
          onStatus(status) {
            also.onStatus(status);
            dispatch({ type: "status", status, nowMs: performance.now() });
          },
          onEvents(events) {
            also.onEvents(events);
            dispatch({ type: "events", events, nowMs: performance.now() });
          },
        },
        { open: openStream, after },
      );
    }
  }, [also]);

  return state;
}

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}
