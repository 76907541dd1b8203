import { useEffect, useRef, useState } from "react";
import type { ModelStatus } from "../../../server/lab/status.ts";
import type { UserView } from "../../../server/users/messages.ts";
import type { Send } from "../commands/use-commands.ts";
import type { IconName } from "../ui/icon.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Difference, Slot } from "./differences.ts";
import { RenameForm } from "./rename-form.tsx";

export interface RowActions {
  readonly send: Send;
  readonly onHistory: (user: UserView) => void;
}

interface UserRowProps extends RowActions {
  readonly slot: Slot;
  readonly side: ModelStatus["consistency"];
}

/** What stands at a row of the eventual model, and in the place of a row that one of the models does not have. */
const MARKS: Readonly<Record<Difference, string | undefined>> = {
  none: undefined,
  "not-here-yet": "not here yet",
  "old-name": "old name",
  "still-here": "still here",
};

/** One user as one model shows it, or the place where that model shows nothing while the other one does. */
export function UserRow({ slot, side, send, onHistory }: UserRowProps) {
  const user = slot[side];
  const mark = side === "eventual" ? MARKS[slot.difference] : undefined;
  if (!user) return <MissingRow slot={slot} text={mark ?? "gone already"} />;
  return (
    <li className="row" data-user={user.id} data-difference={mark && slot.difference}>
      <PresentRow user={user} mark={mark} send={send} onHistory={onHistory} />
    </li>
  );
}

function MissingRow({ slot, text }: { slot: Slot; text: string }) {
  const name = (slot.sync ?? slot.eventual)?.name;
  return (
    <li className="row missing" data-user={slot.id} data-difference={slot.difference}>
      <span className="unseen">{name}: </span>
      <span className="mark">{text}</span>
    </li>
  );
}

function PresentRow(props: { user: UserView; mark: string | undefined } & RowActions) {
  const { user, mark, send, onHistory } = props;
  const [renaming, setRenaming] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const rename = useRef<HTMLButtonElement>(null);
  const row = useRef<HTMLSpanElement>(null);
  const returning = useRef(false);

  useEffect(() => {
    if (!renaming && returning.current) rename.current?.focus();
    returning.current = false;
  }, [renaming]);

  if (renaming) {
    return <RenameForm user={user} send={send} onDone={doneRenaming} />;
  }
  return (
    <>
      <span ref={row} className="who">
        {/* A new key shows the change: the name is animated in. */}
        <strong key={user.name}>{user.name}</strong>
        <span className="email">{user.email}</span>
        {refusal !== undefined && <span className="error">{refusal}</span>}
      </span>
      {mark !== undefined && <span className="mark">{mark}</span>}
      <span className="actions">
        <Action ref={rename} icon="rename" label={`Rename ${user.name}`} act={beginRenaming} />
        <Action icon="history" label={`History of ${user.name}`} act={() => onHistory(user)} />
        <Action icon="remove" label={`Remove ${user.name}`} act={() => void remove()} />
      </span>
    </>
  );

  function beginRenaming(): void {
    setRefusal(undefined);
    setRenaming(true);
  }

  function doneRenaming(): void {
    returning.current = true;
    setRenaming(false);
  }

  async function remove(): Promise<void> {
    const list = row.current?.closest<HTMLElement>(".rows");
    const sent = await send({ type: "RemoveUser", userId: user.id, name: user.name });
    if (sent.ok) list?.focus(); // the row will go, and the focus must not go with it
    setRefusal(sent.ok ? undefined : sent.problem.message);
  }
}

interface ActionProps {
  readonly ref?: React.Ref<HTMLButtonElement>;
  readonly icon: IconName;
  readonly label: string;
  readonly act: () => void;
}

function Action({ ref, icon, label, act }: ActionProps) {
  return (
    <button ref={ref} type="button" className="icon-button" title={label} onClick={act}>
      <Icon name={icon} />
      <span className="unseen">{label}</span>
    </button>
  );
}
