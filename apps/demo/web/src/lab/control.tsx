import type { ReactNode } from "react";
import type { Outcome } from "./use-control.ts";

interface ControlProps {
  readonly children: ReactNode;
  /** What will happen, in one sentence. */
  readonly will: ReactNode;
  /** What happened last. */
  readonly did: Outcome | undefined;
  readonly id: string;
}

/** A control with its two sentences. */
export function Control({ children, will, did, id }: ControlProps) {
  return (
    <div className="control">
      {children}
      <p id={id} className="hint">
        {will}
      </p>
      {did && (
        <p className={did.ok ? "did" : "error"} data-control={id}>
          {did.text}
        </p>
      )}
    </div>
  );
}
