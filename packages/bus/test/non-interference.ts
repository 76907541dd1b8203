import fc from "fast-check";
import { agree, show } from "./disagreement.ts";
import type { Library } from "./library.ts";
import { GetDocument, ListDocuments, Remove, Write } from "./library.ts";

const ACTORS = ["editor", "viewer", "stranger"] as const;
type Actor = (typeof ACTORS)[number];

interface Act {
  readonly actor: Actor;
  readonly do: "write" | "remove" | "get" | "list";
  readonly id: string;
  readonly title: string;
  readonly page: number;
}

/** Open and secret documents by turns, so that both kinds meet on a page. */
const ids = fc.constantFrom("1 open", "2 secret", "3 open", "4 secret", "5 open", "6 secret");
const acts: fc.Arbitrary<Act> = fc.record({
  actor: fc.constantFrom<Actor>("editor", "editor", "viewer", "viewer", "stranger"),
  do: fc.constantFrom("write", "write", "write", "remove", "get", "list", "list"),
  id: ids,
  title: fc.constantFrom("a", "b"),
  page: fc.integer({ min: 1, max: 2 }),
});

/**
 * The law of non-interference (Goguen and Meseguer, 1982): what somebody gets to see is the same as if all that is none
 * of their business had never happened.
 */
export function nobodyLearnsWhatIsHidden(create: () => Library): fc.IAsyncProperty<unknown> {
  const program = fc.array(acts, { maxLength: 30, size: "max" });
  return fc.asyncProperty(program, fc.constantFrom(...ACTORS), async (all, actor) => {
    const purged = all.filter((act) => isBusinessOf(actor, act));
    const [real, ideal] = [
      await seenBy(actor, all, create()),
      await seenBy(actor, purged, create()),
    ];
    agree(show(real) === show(ideal), () => {
      return `the ${actor} sees ${show(real)} after ${show(all)},\nand ${show(ideal)} after ${show(purged)}`;
    });
  });
}

/** What may have an effect on what an actor sees: their own acts, and what editors do to what they may see. */
function isBusinessOf(actor: Actor, act: Act): boolean {
  if (act.actor === actor) return true;
  const isChange = act.do === "write" || act.do === "remove";
  return actor === "viewer" && act.actor === "editor" && isChange && !isSecret(act.id);
}

async function seenBy(
  actor: Actor,
  program: readonly Act[],
  library: Library,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const act of program) {
    const outcome = await perform(act, library).catch(show);
    if (act.actor === actor) seen.push(`${act.do}: ${show(outcome)}`);
  }
  return seen;
}

function perform(act: Act, { commands, queries }: Library): Promise<unknown> {
  const { id, title, page } = act;
  const options = { metadata: { actor: act.actor } };
  switch (act.do) {
    case "write":
      return commands.dispatch(Write({ id, title, secret: isSecret(id) }), options);
    case "remove":
      return commands.dispatch(Remove(id), options);
    case "get":
      return queries.dispatch(GetDocument(id), options);
    case "list":
      return queries.dispatch(ListDocuments({ page }), options);
  }
}

function isSecret(id: string): boolean {
  return id.endsWith("secret");
}
