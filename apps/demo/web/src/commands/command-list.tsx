import { formatMs, formatTime } from "../ui/format.ts";
import { Term } from "../ui/term.tsx";
import type { CommandEntry } from "./command-log.ts";
import { MODE_NAMES, commandInWords, readInWords } from "./in-words.ts";

/** Lists the commands that this page has sent, newest first, each with its answer and what a read then showed. */
export function CommandList({ entries }: { entries: readonly CommandEntry[] }) {
  return (
    <section className="card command-list" aria-labelledby="commands">
      <h2 id="commands">Commands</h2>
      {entries.length === 0 ? (
        <p className="hint">
          Nothing sent yet. Each command will stand here with its answer and its place in the{" "}
          <Term name="log" />.
        </p>
      ) : (
        <ol tabIndex={0} aria-label="Commands, newest first">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Entry({ entry }: { entry: CommandEntry }) {
  const { command, at, sent, position } = entry;
  return (
    <li data-outcome={sent ? (sent.ok ? "accepted" : "refused") : "sending"}>
      <p className="command-title">
        <span>{commandInWords(command)}</span>
        <time dateTime={at.toISOString()}>{formatTime(at)}</time>
      </p>
      <p className="command-facts">
        {!sent && "Sending…"}
        {sent && <span className="badge">{sent.status === 0 ? "no answer" : sent.status}</span>}
        {sent && <span>{formatMs(sent.ms)}</span>}
        {position !== undefined && <span>position {position}</span>}
        {sent?.ok && <span title="Consistency-Token">token {sent.token}</span>}
      </p>
      {sent && !sent.ok && <p className="error">{sent.problem.message}</p>}
      <ReadLine read={entry.read} />
    </li>
  );
}

function ReadLine({ read }: { read: CommandEntry["read"] }) {
  if (read === undefined) return null;
  if (typeof read === "string") {
    return <p className="command-read">Reading ({MODE_NAMES[read].toLowerCase()})…</p>;
  }
  return (
    <p className="command-read" data-verdict={read.verdict} data-mode={read.mode}>
      <span className="verdict">{readInWords(read)}</span> ({MODE_NAMES[read.mode].toLowerCase()})
    </p>
  );
}
