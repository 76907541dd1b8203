import { useEffect, useReducer } from "react";
import { openStream } from "../role/open-stream.ts";
import { connectLive } from "./connect.ts";
import type { LiveState } from "./live-state.ts";
import { liveReducer, nothingYet } from "./live-state.ts";

/**
 * Keeps the page told by the server.
 *
 * A page that nobody sees lets go of its streams: browsers allow six connections per host, tabs together.
 */
export function useLive(): LiveState {
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
            dispatch({ type: connected ? "connected" : "lost" });
          },
          onStatus(status) {
            dispatch({ type: "status", status, nowMs: performance.now() });
          },
          onEvents(events) {
            dispatch({ type: "events", events, nowMs: performance.now() });
          },
        },
        { open: openStream, after },
      );
    }
  }, []);

  return state;
}

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}
