import type { ReactNode } from "react";
import type { Outcome } from "./use-control.ts";

interface ControlProps {
  readonly children: ReactNode;
  /** What will happen, in one sentence. */
  readonly will: ReactNode;
  /** What became of the last request. */
  readonly did?: Outcome | undefined;
  /** What happened then, and why nothing was lost: told from facts that the server has measured. */
  readonly facts?: string | undefined;
  readonly id: string;
}

/** A control with its two sentences. */
export function Control({ children, will, did, facts, id }: ControlProps) {
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
      {facts !== undefined && (
        <p className="did" data-facts={id}>
          {facts}
        </p>
      )}
    </div>
  );
}
