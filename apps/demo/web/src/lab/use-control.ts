import { useState } from "react";
import { NO_ANSWER, readProblem } from "../api/problem.ts";
import { useAnnounce } from "../ui/announcer.tsx";

/** What a control did last. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

interface Control {
  readonly busy: boolean;
  readonly outcome: Outcome | undefined;
  /**
   * Sends a request; afterwards the outcome says what it did, or why it did not.
   *
   * @param did - Without it, a success says nothing: the facts will.
   */
  run(request: () => Promise<Response>, did?: string): Promise<boolean>;
}

/** Gives a control of the lab its manners: it says what it did. */
export function useControl(): Control {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const announce = useAnnounce();

  return {
    busy,
    outcome,
    async run(request, did) {
      setBusy(true);
      const problem = await refusalOf(request);
      setBusy(false);
      const text = problem?.message ?? did;
      setOutcome(text === undefined ? undefined : { ok: !problem, text });
      if (text !== undefined) announce(text);
      return !problem;
    },
  };
}

async function refusalOf(request: () => Promise<Response>) {
  try {
    const response = await request();
    return response.ok ? undefined : await readProblem(response);
  } catch {
    return NO_ANSWER;
  }
}
