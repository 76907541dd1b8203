import { useId, useRef, useState } from "react";
import { setToken } from "./credentials.ts";

/** Asks for a token, and tries it before it is used. */
export function SignIn() {
  const id = useId();
  const [token, setTyped] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  return (
    <main className="sign-in">
      <form className="card form" onSubmit={submit} noValidate aria-labelledby={`${id}-title`}>
        <h1 id={`${id}-title`}>Who are you?</h1>
        <p className="hint">
          This server wants a token with every request. Whoever runs it makes one with{" "}
          <code>npm run demo -- token --role editor --sub ada</code>. It stays in this tab until you
          close it.
        </p>
        <div className="field">
          <label htmlFor={id}>Token</label>
          <input
            ref={input}
            id={id}
            type="password"
            value={token}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={error !== undefined}
            aria-describedby={error === undefined ? undefined : `${id}-error`}
            onChange={({ target }) => setTyped(target.value)}
          />
          {error !== undefined && (
            <p id={`${id}-error`} className="error" role="alert">
              {error}
            </p>
          )}
        </div>
        <button type="submit" className="primary" disabled={busy}>
          Go on
        </button>
      </form>
    </main>
  );

  function submit(event: { preventDefault(): void }): void {
    event.preventDefault();
    void signIn(token.trim());
  }

  async function signIn(token: string): Promise<void> {
    setBusy(true);
    const refusal = await refusalOf(token);
    setBusy(false);
    setError(refusal);
    if (refusal === undefined) setToken(token);
    else input.current?.focus();
  }
}

async function refusalOf(token: string): Promise<string | undefined> {
  if (!/^[!-~]+$/.test(token)) return "A token is one long word of three parts.";
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch("/session", { headers });
    if (response.ok) return undefined;
    const { error } = (await response.json()) as { error?: string };
    return error ?? `Status ${response.status}`;
  } catch {
    return "The server did not answer.";
  }
}
