const NAMED: Readonly<Record<string, string>> = {
  "\u0003": "quit",
  "\u0004": "quit",
  "\r": "enter",
  "\n": "enter",
  "\u007F": "back",
  "\b": "back",
  "\u001B": "escape",
  " ": "space",
  "\u001B[A": "up",
  "\u001BOA": "up",
  "\u001B[B": "down",
  "\u001BOB": "down",
  "\u001B[5~": "page up",
  "\u001B[6~": "page down",
};

// oxlint-disable-next-line no-control-regex -- keys are control characters
const KEY = /\u001B(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[\s\S]/gu;

/**
 * Names the keys of a piece of terminal input: letters by themselves, others in words.
 *
 * `node:readline` would wait half a second after each Esc for the rest of a sequence; terminals send sequences whole.
 */
export function keysOf(input: string): readonly string[] {
  return (input.match(KEY) ?? []).map((key) => NAMED[key] ?? key);
}

/** A line of text after one more key; keys that write nothing leave it as it is. */
export function typed(text: string, key: string): string {
  if (key === "back") return Array.from(text).slice(0, -1).join("");
  if (key === "space") return `${text} `;
  // oxlint-disable-next-line no-control-regex -- control characters are no letters
  return /^[^\u0000-\u001F\u007F]$/u.test(key) ? text + key : text;
}
