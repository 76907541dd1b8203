import type { KeyboardEvent, ReactNode } from "react";
import { useId, useRef } from "react";

export interface Tab<TId extends string> {
  readonly id: TId;
  readonly title: string;
  /** Something is going on behind it. */
  readonly mark?: boolean;
  readonly content: () => ReactNode;
}

interface TabsProps<TId extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<TId>[];
  readonly selected: TId;
  readonly onSelect: (id: TId) => void;
}

/** Shows one of several panels. Arrows, Home and End move between the tabs, as the ARIA pattern has it. */
export function Tabs<TId extends string>({ label, tabs, selected, onSelect }: TabsProps<TId>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = tabs.find((tab) => tab.id === selected) ?? tabs[0];

  return (
    <div className="tabs">
      <div ref={list} role="tablist" aria-label={label} className="tab-list" onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            aria-selected={tab.id === shown?.id}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === shown?.id ? 0 : -1}
            data-mark={tab.mark ?? false}
            onClick={() => onSelect(tab.id)}
          >
            {tab.title}
            {tab.mark && <span className="unseen"> (set)</span>}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${shown?.id ?? ""}`}
        className="tab-panel"
      >
        {shown?.content()}
      </div>
    </div>
  );

  function move(event: KeyboardEvent): void {
    const index = tabs.findIndex((tab) => tab.id === shown?.id);
    const next = targetOf(event.key, index, tabs.length);
    const target = next === undefined ? undefined : tabs[next];
    if (next === undefined || !target) return;
    event.preventDefault();
    onSelect(target.id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  }
}

function targetOf(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return (index + 1) % count;
    case "ArrowLeft":
      return (index + count - 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
