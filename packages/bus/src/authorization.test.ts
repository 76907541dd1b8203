import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { verdict } from "../test/disagreement.ts";
import {
  GetDocument,
  LIBRARY_FLAWS,
  ListDocuments,
  Write,
  createLibrary,
} from "../test/library.ts";
import { nobodyLearnsWhatIsHidden } from "../test/non-interference.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

describe("a library where reads and writes are authorised differently", () => {
  it("lets editors write, viewers read what is open, and strangers nothing", async () => {
    const { commands, queries } = createLibrary();
    const as = (actor: string) => ({ metadata: { actor } });
    const open = { id: "1", title: "Open", secret: false };
    const secret = { id: "2", title: "Secret", secret: true };
    await commands.dispatch(Write(open), as("editor"));
    await commands.dispatch(Write(secret), as("editor"));
    await expect(commands.dispatch(Write(open), as("viewer"))).rejects.toThrow(
      "Only editors write.",
    );

    expect(await queries.dispatch(ListDocuments({ page: 1 }), as("editor"))).toMatchObject({
      titles: ["Open", "Secret"],
      total: 2,
    });
    expect(await queries.dispatch(ListDocuments({ page: 1 }), as("viewer"))).toMatchObject({
      titles: ["Open"],
      total: 1,
    });
    expect(await queries.dispatch(GetDocument("2"), as("editor"))).toEqual(secret);
    await expect(queries.dispatch(GetDocument("2"), as("viewer"))).rejects.toThrow(
      "There is no document 2.",
    );
    await expect(queries.dispatch(GetDocument("1"), as("stranger"))).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("shows nobody anything that depends on what is hidden from them, the cache included", async () => {
    await fc.assert(nobodyLearnsWhatIsHidden(createLibrary), { numRuns: 500 });
  });
});

describe("the law of non-interference", () => {
  const seeds = [9, 100, 1111];

  it.each([...LIBRARY_FLAWS])("kills a library that %s", async (flaw) => {
    const property = nobodyLearnsWhatIsHidden(() => createLibrary(flaw));
    const verdicts = seeds.map((seed) => verdict(property, { seed, numRuns: 500 }));
    expect(await Promise.all(verdicts)).toEqual(seeds.map(() => "killed"));
  });
});
