import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { certificateSvg, printable, writeCertificate } from "../runner/certificate.ts";
import type { Honour } from "../runner/certificate.ts";
import { temporaryFolder } from "./home.ts";

const catalog = readCatalog();

describe("certificateSvg", () => {
  it("holds any name as text, and nothing in a name becomes markup", () => {
    const skeleton = skeletonOf(certificateFor("Ada"));
    const nasty = fc.constantFrom("<script>", "]]>", "&amp;", '"', "'", "--", "\u0000", "\uFFFE");
    const name = fc
      .array(fc.oneof(fc.string({ unit: "binary" }), nasty))
      .map((parts) => `x${parts.join("")}`);
    fc.assert(
      fc.property(name, (name) => {
        const svg = certificateFor(name);
        expect(skeletonOf(svg)).toBe(skeleton);
        expect(svg.replaceAll(/&(?:amp|lt|gt|quot|apos);/g, "")).not.toContain("&");
        // oxlint-disable-next-line no-control-regex -- what XML 1.0 forbids
        expect(svg).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/u);
        const [, title = ""] = /<title id="title">([^<]*)</.exec(svg) ?? [];
        expect(unescaped(title)).toBe(`Counterpoint: certificate of ${printable(name)}`);
      }),
    );
  });

  it("tells in words what the picture shows", () => {
    const svg = certificateFor("Ada Lovelace");
    const [, description = ""] = /<desc id="desc">([^<]*)</.exec(svg) ?? [];
    for (const { step, title } of catalog) expect(description).toContain(`${step} ${title}`);
    expect(description).toContain("3 February 2026");
    expect(description).toContain(`All ${catalog.length} steps`);
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
  });

  it("needs nothing from elsewhere", () => {
    const svg = certificateFor("Ada").replace('xmlns="http://www.w3.org/2000/svg"', "");
    expect(svg).not.toMatch(/https?:|href|url\(|@import|<script|<style/);
  });

  it("has a note in each voice for each step", () => {
    for (const steps of [catalog, catalog.filter(({ core }) => core), catalog.slice(0, 1)]) {
      const svg = certificateSvg({ ...honour("Ada"), steps });
      const notes = svg.match(/<ellipse |(?<=<g fill="#\w{6}">.*)<path /g) ?? [];
      expect(notes).toHaveLength(2 * steps.length);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe("printable", () => {
  it("keeps letters of any script, and cuts what no page could hold", () => {
    expect(printable("  Ada\tKing,  Countess of Lovelace ")).toBe("Ada King, Countess of Lovelace");
    expect(printable("山田 太郎 · Ольга · José · 👩🏽‍💻")).toBe("山田 太郎 · Ольга · José · 👩🏽‍💻");
    expect(Array.from(printable("👩".repeat(500)))).toHaveLength(60);
  });

  it("leaves nothing of what nobody can see", () => {
    expect(printable("\u0000\u001B\u202E\u2066\uD800 \n")).toBe("");
  });
});

describe("writeCertificate", () => {
  it("never writes over a file, and says where one is that says the same", () => {
    const folder = join(temporaryFolder(), "work");
    const first = writeCertificate(folder, "<svg>Ada</svg>");
    const second = writeCertificate(folder, "<svg>Bob</svg>");
    expect(writeCertificate(folder, "<svg>Ada</svg>")).toBe(first);
    expect(writeCertificate(folder, "<svg>Bob</svg>")).toBe(second);
    expect(readdirSync(folder).toSorted()).toEqual(["certificate-2.svg", "certificate.svg"]);
    expect(readFileSync(first, "utf8")).toBe("<svg>Ada</svg>");
    expect(readFileSync(second, "utf8")).toBe("<svg>Bob</svg>");
    expect(existsSync(join(folder, "certificate-3.svg"))).toBe(false);
  });
});

function honour(name: string): Honour {
  return { name, date: new Date(2026, 1, 3, 12), scope: "course", steps: catalog };
}

function certificateFor(name: string): string {
  return certificateSvg(honour(name));
}

/** The markup without its texts, and without the size that fits a name. */
function skeletonOf(svg: string): string {
  return svg.replaceAll(/>[^<]*/g, ">").replace(/y="222" font-size="\d+"/, "");
}

function unescaped(text: string): string {
  const characters = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replaceAll(
    /&(amp|lt|gt|quot|apos);/g,
    (_, name: keyof typeof characters) => characters[name],
  );
}
