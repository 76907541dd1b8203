import fc from "fast-check";
import { expect, it } from "vitest";
import { SortedDocuments } from "./sorted-documents.ts";

/** Few values, so that documents tie, move and come back. */
const row = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e"),
  rank: fc.option(fc.constantFrom(-1, 0, 0.5, Number.NaN)),
  label: fc.option(fc.constantFrom("", "x", "\u{1f600}", "\uffff")),
});
const columns = fc.constantFrom(["id"], ["rank", "id"], ["label", "rank", "id"]);

it("is at any time in the order in which sorting anew would put it", () => {
  fc.assert(
    fc.property(
      columns,
      fc.array(row),
      fc.array(fc.tuple(row, fc.boolean())),
      (by, first, then) => {
        const rows = new Map(first.map((each) => [each.id, each]));
        const sorted = new SortedDocuments(by, rows.values());
        for (const [after, isRemoved] of then) {
          const before = rows.get(after.id);
          if (isRemoved) rows.delete(after.id);
          else rows.set(after.id, after);
          sorted.change(before, isRemoved ? undefined : after);
          const anew = new SortedDocuments(by, rows.values());
          expect(sorted.documents).toEqual(anew.documents);
          expect(sorted.documents).toHaveLength(rows.size);
        }
      },
    ),
  );
});
