import type { Message } from "@counterpoint/bus";
import type { Broker, Database, Outbox } from "../exercise.ts";

type Commit = Awaited<ReturnType<Outbox["commits"]>>[number];
type Row = Commit["rows"][number];
type Tx = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** A database and a broker that outlive the process; all that it can call, so that it can die at each call. */
export interface World extends Database, Broker, Outbox {}

/** What tests see of it, from outside. */
export interface Witness {
  /** Seats and who has them. */
  readonly owners: ReadonlyMap<string, string>;
  /** All that was sent, repetitions included. */
  readonly sent: readonly Message[];
  /** Inserts rows in one transaction that stays open; what it returns commits it. */
  begin(messages: readonly Message[]): () => void;
}

export function createWorld(): { readonly world: World; readonly witness: Witness } {
  const owners = new Map<string, string>();
  const sent: Message[] = [];
  const log: Commit[] = [];
  let table: Row[] = [];
  let lastId = 0;
  let cursor = 0;

  const begin = (messages: readonly Message[]): (() => void) => {
    const rows = messages.map((message) => ({
      id: (lastId += 1),
      message: structuredClone(message),
    }));
    return () => {
      table = [...table, ...rows].sort((a, b) => a.id - b.id);
      log.push({ lsn: 1_000 + log.length * 8, rows });
    };
  };

  const world: World = {
    async transaction(work) {
      const seats = new Map<string, string>();
      const messages: Message[] = [];
      const tx: Tx = {
        ownerOf: async (seat) => seats.get(seat) ?? owners.get(seat),
        setOwner: async (seat, customer) => void seats.set(seat, customer),
        addToOutbox: async (message) => void messages.push(message),
      };
      await work(tx);
      for (const [seat, customer] of seats) owners.set(seat, customer);
      if (messages.length > 0) begin(messages)();
    },
    send: async (message) => void sent.push(structuredClone(message)),
    rows: async (afterId) => table.filter(({ id }) => id > afterId),
    deleteRow: async (id) => void (table = table.filter((row) => row.id !== id)),
    commits: async (afterLsn) => log.filter(({ lsn }) => lsn > afterLsn),
    loadCursor: async () => cursor,
    saveCursor: async (next) => void (cursor = next),
  };
  return { world, witness: { owners, sent, begin } };
}
