import { useId, useState } from "react";

interface ChoiceProps<TValue extends string> {
  readonly label: string;
  /** Each value with the word for it. */
  readonly options: readonly (readonly [value: TValue, word: string])[];
  /** What holds. It has the last word: a new one ends what was chosen and not confirmed. */
  readonly value: TValue;
  /** Resolves with whether it was done; until then the choice is shown as made. */
  readonly onChange: (value: TValue) => Promise<boolean>;
  readonly describedBy?: string;
}

/** One of a few, all in sight: a group of radio buttons that looks like a switch. */
export function Choice<TValue extends string>(props: ChoiceProps<TValue>) {
  const { label, options, value, onChange, describedBy } = props;
  const name = useId();
  const [draft, setDraft] = useState<{ readonly chosen: TValue; readonly before: TValue }>();
  const shown = draft?.before === value ? draft.chosen : value;
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      <div className="switch">
        {options.map(([each, word]) => (
          <label key={each}>
            <input
              type="radio"
              name={name}
              checked={each === shown}
              aria-describedby={describedBy}
              onChange={() => void choose(each)}
            />
            <span>{word}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );

  async function choose(chosen: TValue): Promise<void> {
    setDraft({ chosen, before: value });
    if (!(await onChange(chosen))) setDraft(undefined);
  }
}
