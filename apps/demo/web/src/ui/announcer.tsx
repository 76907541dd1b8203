import type { ReactNode } from "react";
import { createContext, useCallback, useContext, useState } from "react";

const Announce = createContext<(text: string) => void>(() => {});

/** Lets everything inside say something to those who listen to the page, politely: after what is being read out. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: "", count: 0 });
  const announce = useCallback(
    (text: string) => setSaid(({ count }) => ({ text, count: count + 1 })),
    [],
  );
  // What is said twice has to change, or it is read out once.
  const again = said.count % 2 === 0 ? "" : "\u00a0";
  return (
    <Announce value={announce}>
      {children}
      <p role="status" aria-live="polite" className="unseen">
        {said.text + again}
      </p>
    </Announce>
  );
}

/** @returns A function that says a sentence to those who listen to the page. */
export function useAnnounce(): (text: string) => void {
  return useContext(Announce);
}
