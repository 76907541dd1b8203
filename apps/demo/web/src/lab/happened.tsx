import { useEffect, useRef } from "react";
import { useAnnounce } from "../ui/announcer.tsx";

interface HappenedProps {
  /** What happened, and why nothing was lost: told from facts that the server has measured. */
  readonly text: string | undefined;
  /** Whether it is worth to be read out: the story has come to its end. */
  readonly isWorthSaying: boolean;
}

/** Says what became of things, where people look for it: under the controls that have set it off. */
export function Happened({ text, isWorthSaying }: HappenedProps) {
  const announce = useAnnounce();
  const said = useRef(text);

  useEffect(() => {
    if (text === said.current) return;
    said.current = text;
    if (text !== undefined && isWorthSaying) announce(text);
  }, [text, isWorthSaying, announce]);

  return text === undefined ? null : <p className="did happened">{text}</p>;
}
