/**
 * Shows how one text becomes another: lines that went (`-`) and came (`+`), with up to two lines around them.
 *
 * @returns Empty when they are the same.
 */
export function diff(before: string, after: string): string {
  const old = before.split("\n");
  const now = after.split("\n");
  const common = commonLines(old, now);
  const lines: { readonly mark: "-" | "+" | " "; readonly text: string }[] = [];
  let o = 0;
  let n = 0;
  while (o < old.length || n < now.length) {
    if (o < old.length && n < now.length && old[o] === now[n]) {
      lines.push({ mark: " ", text: old[o]! }); // it is there: o < length
      o += 1;
      n += 1;
    } else if (n < now.length && (o === old.length || common[o]![n + 1]! > common[o + 1]![n]!)) {
      lines.push({ mark: "+", text: now[n]! });
      n += 1;
    } else {
      lines.push({ mark: "-", text: old[o]! });
      o += 1;
    }
  }
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const shown = lines.map((_, index) => changed.some((at) => Math.abs(at - index) <= 2));
  return lines
    .flatMap(({ mark, text }, index) => {
      if (shown[index]) return [`${mark} ${text}`.trimEnd()];
      return shown[index - 1] ? ["…"] : [];
    })
    .join("\n");
}

/** How many lines two texts have in common from each pair of lines on. */
function commonLines(old: readonly string[], now: readonly string[]): readonly Uint16Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let o = old.length - 1; o >= 0; o--) {
    for (let n = now.length - 1; n >= 0; n--) {
      table[o]![n] =
        old[o] === now[n]
          ? table[o + 1]![n + 1]! + 1
          : Math.max(table[o + 1]![n]!, table[o]![n + 1]!);
    }
  }
  return table;
}
