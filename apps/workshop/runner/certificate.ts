import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";

/** What a certificate says. */
export interface Honour {
  readonly name: string;
  /** When the last step became green. */
  readonly date: Date;
  readonly scope: "course" | "half day";
  /** In order; at least one. */
  readonly steps: readonly Exercise[];
}

/** A4 across, at 96 dots per inch. */
const WIDTH = 1123;
const HEIGHT = 794;

/** The colours of both sides, as in the demo: blue is synchronous, amber is eventually consistent. */
const SYNC = "#1f78d1";
const EVENTUAL = "#e08a1e";
const INK = "#16202c";
const MUTED = "#526072";

/**
 * Draws a certificate as an SVG document that needs nothing else: no font, no image, no network.
 *
 * Its picture is a canon: the eventual voice sings what the synchronous one sang, a little later.
 */
export function certificateSvg(honour: Honour): string {
  const name = printable(honour.name);
  const { scope, steps } = honour;
  const date = dateOf(honour.date);
  const wrong = steps.reduce((sum, { mutants }) => sum + Object.keys(mutants).length, 0);
  const deed = `${scope === "course" ? `All ${steps.length} steps` : `The ${steps.length} core steps`} of the workshop in CQRS: each was red, and is green.`;
  const caught = wrong === 0 ? "" : `Their own properties have caught all ${wrong} wrong programs.`;
  const list = steps.map(({ step, title }) => `${step} ${title}`).join(", ");
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc" font-family="Georgia, 'Times New Roman', serif" fill="${INK}">
<title id="title">${escapeXml(`Counterpoint: certificate of ${name}`)}</title>
<desc id="desc">${escapeXml(`${deed} ${caught} ${date}. Steps: ${list}.`)}</desc>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fffdf9"/>
<g fill="none" stroke="${INK}"><rect x="26" y="26" width="${WIDTH - 52}" height="${HEIGHT - 52}" stroke-width="1.5"/><rect x="33" y="33" width="${WIDTH - 66}" height="${HEIGHT - 66}" stroke-width="0.6"/></g>
<g text-anchor="middle">
${line(WIDTH / 2, 102, 30, "COUNTERPOINT", 'letter-spacing="11"')}
${line(WIDTH / 2, 136, 17, "A workshop in CQRS", `font-style="italic" fill="${MUTED}"`)}
${line(WIDTH / 2, 222, nameSize(name), name)}
<path d="M321 246h480" stroke="${MUTED}" stroke-width="0.8"/>
${line(WIDTH / 2, 286, 20, deed)}
${caught === "" ? "" : line(WIDTH / 2, 316, 20, caught)}
</g>
${score(steps)}
${listOf(steps)}
<g font-size="15" fill="${MUTED}"><text x="92" y="734">${escapeXml(date)}</text><text x="${WIDTH - 92}" y="734" text-anchor="end" font-style="italic">Graded on their own machine, by programs alone.</text></g>
</svg>
`;
}

/**
 * Writes a certificate beside the learner's work, and never over another one: `certificate.svg`, `certificate-2.svg`, …
 *
 * @param folder - Made when it is missing.
 * @returns The file's path; of the file that is there already when it says the same.
 */
export function writeCertificate(folder: string, svg: string): string {
  mkdirSync(folder, { recursive: true });
  for (let n = 1; ; n += 1) {
    const path = join(folder, `certificate${n === 1 ? "" : `-${n}`}.svg`);
    try {
      writeFileSync(path, svg, { flag: "wx" });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (readFileSync(path, "utf8") === svg) return path;
    }
  }
}

/** Longer names would leave the page, however small they are set. */
const LONGEST_NAME = 60;

/** Takes out of a name what XML cannot hold or nobody can see; `""` when nothing is left. */
export function printable(name: string): string {
  const visible = name
    .normalize("NFC")
    .replaceAll(
      /[\p{Cc}\p{Cn}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069\uFFFD-\uFFFF]/gu,
      " ",
    )
    .replaceAll(/\s+/g, " ")
    .trim();
  return Array.from(visible).slice(0, LONGEST_NAME).join("").trim();
}

function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}

function line(x: number, y: number, size: number, text: string, more = ""): string {
  return `<text x="${x}" y="${y}" font-size="${size}" ${more}>${escapeXml(text)}</text>`;
}

/** Wide letters (CJK) take twice the room. */
function nameSize(name: string): number {
  const columns = Array.from(name).reduce((sum, letter) => sum + (letter > "\u2E80" ? 2 : 1), 0);
  return Math.min(56, Math.floor(1_640 / Math.max(1, columns)));
}

/** Steps above the lowest line; a voice that rises, falls and comes home. */
const MELODY = [0, 3, 1, 4, 2, 5, 3, 7, 5, 8, 6, 7, 4, 6, 3, 4, 1, 0];

/** Two staves with a note for each step: the lower voice repeats the upper one, half a step later. */
function score(steps: readonly Exercise[]): string {
  const slot = (WIDTH - 2 * 120) / (steps.length - 0.5);
  return [
    voice(steps, { x: 120, slot, base: 430, colour: SYNC, label: "at once" }),
    voice(steps, { x: 120 + slot / 2, slot, base: 536, colour: EVENTUAL, label: "later" }),
  ].join("\n");
}

interface Voice {
  readonly x: number;
  readonly slot: number;
  /** Of the lowest line. */
  readonly base: number;
  readonly colour: string;
  readonly label: string;
}

function voice(steps: readonly Exercise[], { x, slot, base, colour, label }: Voice): string {
  const lines = [0, 1, 2, 3, 4].map((n) => `M92 ${base - n * 14}H${WIDTH - 92}`).join("");
  const notes = steps.map((step, index) => ({
    x: Math.round(x + index * slot),
    y: base - 7 * pitch(index, steps.length),
    starred: isStarred(step),
  }));
  const heads = notes.map(({ x, y, starred }) =>
    starred
      ? `<path d="${star(x, y)}"/>`
      : `<ellipse cx="${x}" cy="${y}" rx="8" ry="6" transform="rotate(-18 ${x} ${y})"/>`,
  );
  return `<path d="${lines}" stroke="${INK}" stroke-opacity="0.25" stroke-width="0.8"/>
<path d="${curve(notes)}" fill="none" stroke="${colour}" stroke-opacity="0.45" stroke-width="3" stroke-linecap="round"/>
<g fill="${colour}">${heads.join("")}</g>
<text x="92" y="${base - 66}" font-size="13" font-style="italic" fill="${MUTED}">${label}</text>`;
}

/** A shorter course sings the same melody with fewer notes. */
function pitch(index: number, count: number): number {
  return MELODY[Math.round((index * (MELODY.length - 1)) / Math.max(1, count - 1))] ?? 0;
}

function star(x: number, y: number, size = 11): string {
  const points = Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? size : size * 0.44;
    const angle = (index * Math.PI) / 5;
    return `${(x + radius * Math.sin(angle)).toFixed(1)} ${(y - radius * Math.cos(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}

/** Leads through all points without a corner. */
function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (!before) return `M${x} ${y}`;
      const middle = (before.x + x) / 2;
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
    })
    .join("");
}

/** The steps in three columns. */
function listOf(steps: readonly Exercise[]): string {
  const rows = Math.ceil(steps.length / 3);
  const entries = steps.map((exercise, index) => {
    const x = 150 + Math.floor(index / rows) * 310;
    const y = 594 + (index % rows) * 20;
    const mark = isStarred(exercise) ? `<path d="${star(x - 28, y - 5, 6)}" fill="${MUTED}"/>` : "";
    return `${mark}<text x="${x}" y="${y}" text-anchor="end" fill="${MUTED}">${exercise.step}</text><text x="${x + 10}" y="${y}">${escapeXml(exercise.title)}</text>`;
  });
  return `<g font-size="15">${entries.join("")}</g>`;
}

function dateOf(date: Date): string {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}
