import { useEffect, useRef } from "react";
import type { Connection, LiveState } from "./live/live-state.ts";
import { RoleSwitch } from "./role/role-switch.tsx";
import { useSession } from "./role/session.tsx";
import { useAnnounce } from "./ui/announcer.tsx";
import { ThemeToggle } from "./ui/theme.tsx";

const SAID: Readonly<Record<Connection, string>> = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost, trying again…",
};

/** Says what this is, and whether what it shows is from now. */
export function Header({ live: { connection, status, epoch } }: { live: LiveState }) {
  const { mode } = useSession();
  const announce = useAnnounce();
  const before = useRef(connection);

  useEffect(() => {
    const lost = before.current === "lost" || connection === "lost";
    before.current = connection;
    if (lost) announce(connection === "live" ? "Connected again." : SAID[connection]);
  }, [connection, announce]);

  useEffect(() => {
    if (epoch > 0) announce("The server has started anew, with an empty log.");
  }, [epoch, announce]);

  return (
    <header className="page-header">
      <div className="brand">
        <Mark />
        <h1>Counterpoint</h1>
        <p className="hint">One command, two read models</p>
      </div>
      <div className="page-state">
        {status && (
          <span className="hint">
            Store: {status.store}
            {mode === "open" && " · open to all on this machine"}
          </span>
        )}
        <span className="connection" data-connection={connection}>
          {SAID[connection]}
        </span>
        <RoleSwitch />
        <ThemeToggle />
      </div>
    </header>
  );
}

/** Two lines that move independently and make one piece. */
function Mark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path data-side="sync" d="M3 11c5 0 6-5 11-5s6 5 15 5" />
      <path data-side="eventual" d="M3 21c9 0 10 5 15 5s6-5 11-5" />
    </svg>
  );
}
