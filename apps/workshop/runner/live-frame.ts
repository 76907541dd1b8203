import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";
import { standingOf } from "./ending.ts";
import type { Overlay, TextOverlay } from "./overlay.ts";
import { readme } from "./pages.ts";
import type { Look } from "./render.ts";
import { LEGEND, checkLines, demoLines, headline, listRows } from "./render.ts";
import { layOut } from "./text.ts";
import type { Check, Workshop } from "./workshop.ts";

/** What the live screen has to show. */
export interface LiveView {
  readonly workshop: Workshop;
  readonly exercise: Exercise;
  readonly check: Check | undefined;
  readonly overlay: Overlay | undefined;
  /** One line that the next key takes away. */
  readonly status: string;
  readonly isGrading: boolean;
}

/** Lays the live screen out. What scrolls is kept within its text. */
export function frameOf(view: LiveView, look: Look, height: number): string[] {
  const { overlay } = view;
  if (overlay?.kind === "text") return textFrame(view, overlay, look, height);
  const head = withProgress(view, headline(view.exercise, view.workshop, look), look);
  if (overlay?.kind === "list") {
    const rows = listRows(view.workshop, overlay.index, look);
    const foot = `↑↓ choose · enter go · esc back   ${LEGEND}`;
    return [head, "", ...rows, "", look.colors.dim(foot)];
  }
  const foot = [
    ...(view.status === "" ? [] : [look.colors.yellow(view.status)]),
    prompt(view, look) ?? look.colors.dim(usefulKeys(view)),
  ];
  const body = view.check ? bodyOf(view.check, view, look) : [];
  return [head, ...body.slice(0, Math.max(1, height - 1 - foot.length)), ...foot];
}

function textFrame(view: LiveView, overlay: TextOverlay, look: Look, height: number): string[] {
  const { colors } = look;
  const all = overlay.lines(look);
  const room = Math.max(1, height - 4);
  overlay.scroll = Math.min(overlay.scroll, Math.max(0, all.length - room));
  const shown = all.slice(overlay.scroll, overlay.scroll + room);
  const below = all.length - overlay.scroll - shown.length;
  const foot = below > 0 ? `↓ ${below} more lines, space scrolls · enter back` : "enter back";
  const title = withProgress(view, colors.bold(overlay.title), look);
  return [title, "", ...shown, "", colors.dim(foot)];
}

function withProgress({ isGrading }: LiveView, title: string, { colors }: Look): string {
  return isGrading ? `${title} · ${colors.yellow("checking…")}` : title;
}

function bodyOf(check: Check, { workshop }: LiveView, look: Look): string[] {
  const { output, green } = check.verdict;
  const written = output.trimEnd().split("\n").slice(-5);
  return [
    ...checkLines(check, look),
    ...(output === "" ? [] : ["", look.colors.dim("your code wrote:"), ...written]),
    ...(green ? demoLines(check.exercise, workshop, look) : []),
    ...(green
      ? ["", ...layOut(readme(check.exercise, "after green"), look.width, look.colors), ""]
      : []),
  ];
}

function prompt({ overlay }: LiveView, { colors }: Look): string | undefined {
  if (overlay?.kind === "question") return colors.yellow(overlay.text);
  if (overlay?.kind === "input") return `${colors.yellow(overlay.text)}${overlay.value}▏`;
  return undefined;
}

/** The keys that are of use now. */
function usefulKeys({ exercise, workshop, check }: LiveView): string {
  const mutants = isStarred(exercise) ? ["m mutants"] : [];
  if (check?.verdict.green) {
    const { earned, missing } = standingOf(workshop);
    const isLast = workshop.neighbour(exercise, 1) === exercise;
    const next = isLast ? (missing.length === 0 ? ["n the end"] : []) : ["n next step"];
    const prize = earned ? ["c certificate"] : [];
    return [...next, ...prize, "d diff", ...mutants, "l list", "? more", "q quit"].join(" · ");
  }
  const { hints } = workshop.step(exercise);
  return [`h hint ${hints}/3`, "d diff", ...mutants, "l list", "? more"].join(" · ");
}
