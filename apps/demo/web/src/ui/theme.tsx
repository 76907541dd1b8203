import { useState, useSyncExternalStore } from "react";
import { Icon } from "./icon.tsx";

type Theme = "light" | "dark";

const KEY = "counterpoint-theme";
const PREFERS_DARK = "(prefers-color-scheme: dark)";

/** Applies the theme that somebody chose before; without a choice the page follows the system. */
export function applyStoredTheme(): void {
  const stored = storedTheme();
  if (stored) document.documentElement.dataset["theme"] = stored;
}

/** Switches between light and dark, and remembers it. */
export function ThemeToggle() {
  const systemIsDark = useSyncExternalStore(subscribe, () => matchMedia(PREFERS_DARK).matches);
  const [chosen, setChosen] = useState(storedTheme);
  const theme = chosen ?? (systemIsDark ? "dark" : "light");
  const other = theme === "dark" ? "light" : "dark";

  return (
    <button type="button" className="icon-button" onClick={choose} title={`Switch to ${other}`}>
      <Icon name={other === "dark" ? "moon" : "sun"} />
      <span className="unseen">Switch to {other}</span>
    </button>
  );

  function choose(): void {
    document.documentElement.dataset["theme"] = other;
    setChosen(other);
    try {
      localStorage.setItem(KEY, other);
    } catch {
      // A browser that stores nothing forgets the choice, and no more.
    }
  }
}

function subscribe(changed: () => void): () => void {
  const query = matchMedia(PREFERS_DARK);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

function storedTheme(): Theme | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : undefined;
  } catch {
    return undefined;
  }
}
