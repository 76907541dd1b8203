import { useId, useRef, useState } from "react";
import type { Problem } from "../api/problem.ts";
import { Icon } from "../ui/icon.tsx";
import { Term } from "../ui/term.tsx";
import type { Send } from "./use-commands.ts";

const EXAMPLES = [
  "Ada Lovelace",
  "Grace Hopper",
  "Barbara Liskov",
  "Edsger Dijkstra",
  "Radia Perlman",
  "Tony Hoare",
  "Frances Allen",
  "Niklaus Wirth",
];

const EMPTY = { name: "", email: "" };

/** Registers a user. What is wrong with a field stands at the field, in the server's words. */
export function CommandForm({ send }: { send: Send }) {
  const [fields, setFields] = useState(EMPTY);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const example = useRef(0);

  return (
    <form ref={form} className="card form" onSubmit={submit} noValidate aria-labelledby="write">
      <div className="card-head">
        <h2 id="write">
          Send a <Term name="command" />
        </h2>
        <button type="button" className="quiet" onClick={fillIn}>
          <Icon name="example" /> Example
        </button>
      </div>
      <Field label="Name" name="name" {...common("name")} />
      <Field label="Email" name="email" type="email" {...common("email")} />
      {problem && Object.keys(problem.fields).length === 0 && (
        <p className="error">{problem.message}</p>
      )}
      <button type="submit" className="primary" disabled={busy}>
        <Icon name="add" /> Create user
      </button>
    </form>
  );

  function common(name: keyof typeof EMPTY) {
    return {
      value: fields[name],
      error: problem?.fields[name],
      onChange: (value: string) => setFields((fields) => ({ ...fields, [name]: value })),
    };
  }

  function submit(event: { preventDefault(): void }): void {
    event.preventDefault();
    void create();
  }

  async function create(): Promise<void> {
    setBusy(true);
    const sent = await send({ type: "CreateUser", ...fields });
    setBusy(false);
    setProblem(sent.ok ? undefined : sent.problem);
    if (sent.ok) setFields(EMPTY);
    focus(sent.ok ? "name" : (Object.keys(sent.problem.fields)[0] ?? "name"));
  }

  function focus(name: string): void {
    form.current?.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`)?.focus();
  }

  function fillIn(): void {
    const name = EXAMPLES[example.current++ % EXAMPLES.length] ?? "";
    setFields({ name, email: `${name.toLowerCase().replace(" ", ".")}@example.org` });
    setProblem(undefined);
    focus("name");
  }
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function Field({ label, name, type = "text", value, error, onChange }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        onChange={({ target }) => onChange(target.value)}
      />
      {error !== undefined && (
        <p id={`${id}-error`} className="error">
          {error}
        </p>
      )}
    </div>
  );
}
