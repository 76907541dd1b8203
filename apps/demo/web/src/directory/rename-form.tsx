import { useEffect, useId, useRef, useState } from "react";
import type { UserView } from "../../../server/users/messages.ts";
import type { Send } from "../commands/use-commands.ts";

interface RenameFormProps {
  readonly user: UserView;
  readonly send: Send;
  readonly onDone: () => void;
}

/** Renames a user in the user's own row: Enter sends, Escape leaves everything as it is. */
export function RenameForm({ user, send, onDone }: RenameFormProps) {
  const [name, setName] = useState(user.name);
  const [refusal, setRefusal] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => input.current?.select(), []);

  return (
    <form
      className="rename"
      onSubmit={submit}
      noValidate
      onKeyDown={({ key }) => key === "Escape" && onDone()}
    >
      <input
        ref={input}
        value={name}
        aria-label={`New name of ${user.name}`}
        aria-invalid={refusal !== undefined}
        aria-describedby={refusal === undefined ? undefined : id}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit" className="primary" disabled={busy}>
        Rename
      </button>
      <button type="button" className="quiet" onClick={onDone}>
        Cancel
      </button>
      {refusal !== undefined && (
        <p id={id} className="error">
          {refusal}
        </p>
      )}
    </form>
  );

  function submit(event: { preventDefault(): void }): void {
    event.preventDefault();
    void rename();
  }

  async function rename(): Promise<void> {
    setBusy(true);
    const sent = await send({ type: "RenameUser", userId: user.id, name });
    setBusy(false);
    if (sent.ok) return onDone();
    setRefusal(sent.problem.fields["name"] ?? sent.problem.message);
    input.current?.focus();
  }
}
