import type {
  CommandContract,
  CommandMessage,
  Context,
  Middleware,
  QueryContract,
  QueryMessage,
  StandardSchema,
} from "../src/index.ts";
import { CommandBus, QueryBus, command, query, type } from "../src/index.ts";
import type { Policy } from "../src/middleware/authorize.ts";
import { authorize } from "../src/middleware/authorize.ts";
import { cache } from "../src/middleware/cache.ts";

interface Document {
  readonly id: string;
  readonly title: string;
  readonly secret: boolean;
}

interface Page {
  readonly titles: readonly string[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

export const Write: CommandContract<"Write", StandardSchema<Document>, void> = command("Write", {
  payload: type<Document>(),
});
export const Remove: CommandContract<"Remove", StandardSchema<string>, void> = command("Remove", {
  payload: type<string>(),
});
export const GetDocument: QueryContract<"GetDocument", StandardSchema<string>, Document> = query(
  "GetDocument",
  { payload: type<string>(), result: type<Document>() },
);
export const ListDocuments: QueryContract<
  "ListDocuments",
  StandardSchema<{ page: number }>,
  Page
> = query("ListDocuments", { payload: type<{ page: number }>(), result: type<Page>() });
const PAGE_SIZE = 2;

export const LIBRARY_FLAWS = [
  "gives reads to everybody who may write, and the other way round",
  "puts the cache above the authorisation and shares it",
  "shares the cache among actors",
  "shows secret documents to whoever knows the id",
  "answers otherwise for what is secret than for what is not there",
  "lists secret documents",
  "counts secret documents",
  "makes pages before it leaves secret documents out",
  "tells how many pages there are with the secret ones",
] as const;
export type Flaw = (typeof LIBRARY_FLAWS)[number];

export interface Library {
  readonly commands: CommandBus<CommandMessage>;
  readonly queries: QueryBus<QueryMessage>;
}

/**
 * The example: documents, open and secret. Editors write; viewers read, too, but see nothing that is secret; strangers may
 * nothing. Each bus has a policy of its own, the cache lies below the policy, and the read handlers ask who asks.
 */
export function createLibrary(flaw?: Flaw): Library {
  const documents = new Map<string, Document>();
  const mayWrite: Policy = (_, { metadata }) =>
    metadata.actor === "editor" || "Only editors write.";
  const mayRead: Policy = (_, { metadata }) =>
    metadata.actor === "viewer" || metadata.actor === "editor" || "Who are you?";
  const writers =
    flaw === "gives reads to everybody who may write, and the other way round" ? mayRead : mayWrite;

  const cached = cache({
    ...{ ttlMs: Infinity, maxEntries: 100 },
    ...(flaw?.includes("share") && { scopeOf: () => "everybody" }),
  });
  const middleware: Middleware[] = [authorize(mayRead), cached];
  if (flaw === "puts the cache above the authorisation and shares it") middleware.reverse();

  const commands = new CommandBus<CommandMessage>({ middleware: [authorize(writers)] })
    .register(Write, (document) => {
      documents.set(document.id, document);
      cached.clear();
    })
    .register(Remove, (id) => {
      documents.delete(id);
      cached.clear();
    });

  const queries = new QueryBus<QueryMessage>({ middleware })
    .register(GetDocument, (id, context) => {
      const document = documents.get(id);
      const isSeen =
        document &&
        (maySee(document, context) || flaw === "shows secret documents to whoever knows the id");
      if (isSeen) return document;
      const isTold =
        document && flaw === "answers otherwise for what is secret than for what is not there";
      throw new Error(isTold ? `Document ${id} is secret.` : `There is no document ${id}.`);
    })
    .register(ListDocuments, ({ page }, context) => {
      const all = [...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      const seen =
        flaw === "lists secret documents" ? all : all.filter((each) => maySee(each, context));
      const from = (page - 1) * PAGE_SIZE;
      const paged =
        flaw === "makes pages before it leaves secret documents out"
          ? all.slice(from, from + PAGE_SIZE).filter((each) => seen.includes(each))
          : seen.slice(from, from + PAGE_SIZE);
      const counted = flaw === "counts secret documents" ? all : seen;
      const split = flaw === "tells how many pages there are with the secret ones" ? all : seen;
      return {
        titles: paged.map(({ title }) => title),
        page,
        pages: Math.ceil(split.length / PAGE_SIZE),
        total: counted.length,
      };
    });

  return { commands, queries };
}

function maySee({ secret }: Document, { metadata }: Context): boolean {
  return !secret || metadata.actor === "editor";
}
