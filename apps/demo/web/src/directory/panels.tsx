import type { LiveState } from "../live/live-state.ts";
import { lagNow, modelOf } from "../live/live-state.ts";
import { useNow } from "../ui/use-now.ts";
import { Panel } from "./panel.tsx";
import type { Directory } from "./read-both.ts";
import type { RowActions } from "./user-row.tsx";

interface PanelsProps extends RowActions {
  readonly live: LiveState;
  readonly directory: Directory | undefined;
  readonly error: string | undefined;
}

/** The two read models side by side. */
export function Panels({ live, directory, error, ...actions }: PanelsProps) {
  const sync = modelOf(live, "sync");
  const eventual = modelOf(live, "eventual");
  const known = live.connection === "live";
  const nowMs = useNow(known && live.behindSinceMs !== undefined);
  const readError = known ? error : undefined; // without a connection everything fails, and the page says so once
  const inline = sync?.state === "inline";
  return (
    <div className="panels">
      <Panel
        consistency="sync"
        slots={directory?.slots}
        total={directory?.totals.sync}
        position={inline ? live.head : (sync?.position ?? 0)}
        lag={sync?.lag ?? { events: 0, ms: 0 }}
        state={sync?.state}
        isLed
        known={known}
        error={readError ?? sync?.error}
        {...actions}
      />
      <Panel
        consistency="eventual"
        slots={directory?.slots}
        total={directory?.totals.eventual}
        position={eventual?.position ?? 0}
        lag={lagNow(live, nowMs)}
        state={eventual?.state}
        isLed={live.status?.workers.some(({ leads }) => leads) ?? true}
        known={known}
        error={readError ?? eventual?.error}
        {...actions}
      />
    </div>
  );
}
