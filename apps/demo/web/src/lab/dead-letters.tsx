import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { DeadLetterList, LabStatus } from "../../../server/lab/status.ts";
import { api } from "../api/client.ts";
import { formatTime } from "../ui/format.ts";
import { Term } from "../ui/term.tsx";
import { useControl } from "./use-control.ts";

const REASONS = {
  parked: "parked",
  behind: "waits behind",
  skipped: "skipped",
} as const;

/** Lists what the eventual model has set aside, and what can be done about it. */
export function DeadLetters({ status }: { status: LabStatus }) {
  const control = useControl();
  const [discarding, setDiscarding] = useState<number>();
  const { data } = useQuery({
    queryKey: ["dead-letters", status.dead_letters, control.busy],
    queryFn: readLetters,
    retry: false,
    gcTime: 0,
    placeholderData: (before: DeadLetterList | undefined) => before,
  });
  const letters = data?.letters ?? [];

  return (
    <section className="letters" aria-labelledby="letters">
      <div className="card-head">
        <h3 id="letters">
          <Term name="deadLetters">Dead letters</Term>
        </h3>
        <button
          type="button"
          className="quiet"
          disabled={control.busy || letters.length === 0}
          onClick={() =>
            void control.run(
              () => api.lab["dead-letters"]["retry-all"].$post({}),
              "Retried all, oldest first.",
            )
          }
        >
          Retry all
        </button>
      </div>
      {control.outcome && (
        <p className={control.outcome.ok ? "did" : "error"}>{control.outcome.text}</p>
      )}
      {letters.length === 0 && <p className="hint">Nothing is set aside.</p>}
      <ul>
        {letters.map(({ position, type, payload, reason, error, attempts }) => (
          <li key={position}>
            <p>
              <strong>
                {position}: {type}
                {nameIn(payload)}
              </strong>{" "}
              <span className="mark">{REASONS[reason]}</span>
            </p>
            {error !== "" && (
              <p className="hint">
                Tried {attempts} times: {error}
              </p>
            )}
            {discarding === position ? (
              <DiscardForm
                onDone={() => setDiscarding(undefined)}
                onDiscard={(reason) => void discard(position, reason)}
              />
            ) : (
              <p className="letter-acts">
                <button
                  type="button"
                  className="quiet"
                  disabled={control.busy}
                  onClick={() => void retry(position)}
                >
                  Retry<span className="unseen"> position {position}</span>
                </button>
                <button
                  type="button"
                  className="quiet"
                  disabled={control.busy}
                  onClick={() => setDiscarding(position)}
                >
                  Discard…<span className="unseen"> position {position}</span>
                </button>
              </p>
            )}
          </li>
        ))}
      </ul>
      {data && data.acts.length > 0 && <Acts acts={data.acts} />}
    </section>
  );

  function retry(position: number) {
    return control.run(
      () => api.lab["dead-letters"].retry.$post({ json: { position } }),
      `Position ${position} is applied.`,
    );
  }

  async function discard(position: number, reason: string): Promise<void> {
    setDiscarding(undefined);
    await control.run(
      () => api.lab["dead-letters"].discard.$post({ json: { position, reason } }),
      `Position ${position} is given up.`,
    );
  }
}

function DiscardForm(props: { onDone: () => void; onDiscard: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  return (
    <form
      className="rename"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() !== "") props.onDiscard(reason);
      }}
    >
      <input
        value={reason}
        autoFocus
        aria-label="Why it is given up"
        placeholder="Why? It goes into the audit log"
        onChange={({ target }) => setReason(target.value)}
      />
      <button type="submit" disabled={reason.trim() === ""}>
        Discard
      </button>
      <button type="button" className="quiet" onClick={props.onDone}>
        Cancel
      </button>
    </form>
  );
}

function Acts({ acts }: Pick<DeadLetterList, "acts">) {
  return (
    <details>
      <summary>What was done, by whom</summary>
      <ol className="acts">
        {acts.toReversed().map(({ position, act, actor, reason, at }, index) => (
          <li key={`${at} ${position} ${index}`}>
            <time dateTime={at}>{formatTime(new Date(at))}</time> {position}: {act} by {actor}
            {reason !== "" && ` (${reason})`}
          </li>
        ))}
      </ol>
    </details>
  );
}

function nameIn(payload: unknown): string {
  if (typeof payload !== "object" || payload === null || !("name" in payload)) return "";
  return typeof payload.name === "string" ? `, ${payload.name}` : "";
}

async function readLetters(): Promise<DeadLetterList> {
  const response = await api.lab["dead-letters"].$get({ query: {} });
  if (!response.ok) throw new Error(`The letters could not be read: status ${response.status}.`);
  return response.json();
}
