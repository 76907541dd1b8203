import { useEffect, useState } from "react";

const TICK_MS = 100;

/** The page's clock, ticking ten times a second while `ticking`. */
export function useNow(ticking: boolean): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNowMs(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [ticking]);
  return nowMs;
}
