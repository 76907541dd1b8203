import type { PgliteLike, PgliteSession, Row, Session, Statement } from "./database.ts";
import { encodeParam } from "./param.ts";
import { codeOf } from "./postgres-errors.ts";

const asText = (value: string): string => value;

/** The types that our statements return: PGlite asks for a parser by type. */
const TYPES = [16, 20, 21, 23, 25, 26, 28, 114, 701, 1007, 1009, 1016, 1184, 1700, 2249, 3802];
const TEXT = 25;
const FORM = {
  rowMode: "array" as const,
  parsers: Object.fromEntries(TYPES.map((oid) => [oid, asText])),
};
/** For what is text already: parsers of one's own cost 0.1 ms a statement. */
const TEXT_FORM = { rowMode: "array" as const };

/** How far a statement is prepared, and what to run it with. */
type Prepared = "preparing" | typeof FORM | typeof TEXT_FORM;

/** The statements of a database that are prepared, or just being so; they outlive transactions. */
const prepared = new WeakMap<PgliteLike, Map<string, Prepared>>();

/**
 * Runs statements in a PGlite, or in a transaction of it. Planning is most of what a statement costs there, and PGlite
 * plans each one anew; so statements are prepared in SQL, which takes their parameters as literals.
 */
export function pgliteSession(session: PgliteSession, db: PgliteLike): Session {
  const known = prepared.get(db) ?? new Map<string, Prepared>();
  prepared.set(db, known);
  return {
    run: async (statement, params = []) => {
      const values = params.map(encodeParam);
      let form = known.get(statement.name);
      // Nobody waits for somebody else's preparation: that one may be waiting for the end of this transaction.
      if (form === "preparing" || values.some(isUnspeakable)) return plain(statement, values);
      form ??= await prepare(statement);
      try {
        const [result] = await session.exec(execute(statement, values), form);
        if (result && form === FORM && result.fields.every(isText)) {
          known.set(statement.name, TEXT_FORM);
        }
        return (result?.rows ?? []) as Row[]; // the form says so
      } catch (error) {
        if (codeOf(error) === NO_SUCH_STATEMENT) known.delete(statement.name); // somebody has discarded it
        throw error;
      }
    },
    exec: async (text) => {
      await session.exec(text);
    },
  };

  async function plain({ text }: Statement, values: (string | null)[]): Promise<Row[]> {
    const { rows } = await session.query(text, values, FORM);
    return rows as Row[]; // the form says so
  }

  async function prepare({ name, text }: Statement): Promise<typeof FORM> {
    known.set(name, "preparing");
    try {
      await session.exec(`prepare ${name} as ${text}`);
      known.set(name, FORM);
      return FORM;
    } catch (error) {
      known.delete(name);
      throw error;
    }
  }
}

const NO_SUCH_STATEMENT = "26000";

function execute({ name }: Statement, values: readonly (string | null)[]): string {
  return values.length === 0 ? `execute ${name}` : `execute ${name}(${values.map(literal).join()})`;
}

/** Right whatever the session thinks of backslashes. */
function literal(value: string | null): string {
  if (value === null) return "null";
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

function isText({ dataTypeID }: { readonly dataTypeID: number }): boolean {
  return dataTypeID === TEXT;
}

/** It would end the text of the statement; as a parameter, the server refuses it by name. */
function isUnspeakable(value: string | null): boolean {
  return value?.includes("\0") ?? false;
}
