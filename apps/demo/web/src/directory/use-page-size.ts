import { useSyncExternalStore } from "react";

const TALL = "(min-height: 84rem)";

/** How many users a panel shows: more where there is room, so that both panels stay on one screen. */
export function usePageSize(): number {
  const tall = useSyncExternalStore(subscribe, () => matchMedia(TALL).matches);
  return tall ? 10 : 5;
}

function subscribe(changed: () => void): () => void {
  const query = matchMedia(TALL);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
