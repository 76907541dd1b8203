import { forAll, red, rule, same, show, sweep } from "@counterpoint/workshop/grading";
import { withFaults } from "@counterpoint/testing";
import fc from "fast-check";
import { createBoxOffice, openStore } from "../exercise.ts";

type Store = ReturnType<typeof openStore>;
type BoxOffice = ReturnType<typeof createBoxOffice>;

const CONCERT = "concert-1";
const SEATS = ["A1", "A2", "A3"];
const at = ["applyBatch", "async reserve(", "reserve(", "createBoxOffice"];
const seats = fc.subarray(SEATS, { minLength: 1 });

rule(
  "When the write returns, the view shows it",
  { why: "who has just reserved a seat looks at the number next", at },
  () =>
    forAll(seats, async (seats) => {
      const store = openStore();
      const office = createBoxOffice(slow(store));
      const reader = createBoxOffice(store);
      for (const seat of seats) {
        await office.reserve(CONCERT, seat);
        await expectFree(store, reader, {
          given: `reserve ${seat} → free`,
          consequence: "A synchronous view is there when the write returns; this one comes later.",
        });
      }
      same(await reservedIn(store), seats.length, { given: `${seats.length} seats reserved` });
    }),
);

rule(
  "A refused reservation changes nothing",
  { why: "a seat that somebody has is not free, and not taken twice", at },
  () =>
    forAll(fc.constantFrom(...SEATS), async (seat) => {
      const store = openStore();
      const office = createBoxOffice(store);
      await office.reserve(CONCERT, seat);
      const given = `reserve ${seat} → reserve ${seat}`;
      const refusal = await refusalOf(office.reserve(CONCERT, seat));
      if (!refusal) red({ given, observed: "both accepted", expected: "the second refused" });
      await expectFree(store, office, {
        given,
        consequence: "The view was changed for a write that was refused.",
      });
    }),
);

rule(
  "Wherever the process dies, the view shows what was written",
  { why: "a process may end between any two calls; other processes read on", at },
  async () => {
    let reader: BoxOffice | undefined;
    await sweep<Store>({
      open: async () => {
        const store = openStore();
        reader = createBoxOffice(store);
        await reader.free(CONCERT);
        return { store, [Symbol.asyncDispose]: async () => {} };
      },
      scenario: async (store) => {
        const office = createBoxOffice(store);
        await office.reserve(CONCERT, "A1");
        await office.reserve(CONCERT, "A2");
      },
      restart: async () => {},
      invariant: async (store) => {
        if (!reader) throw new Error("Nobody opened the store."); // `open` comes first
        await expectFree(store, reader, {
          given: "another process reads",
          consequence: "The write and its view are two transactions: one is there, one is not.",
        });
      },
    });
  },
);

rule(
  "Customers who come at once are all counted",
  { why: "on the night of the sale nobody waits for the one before", at },
  () =>
    forAll(fc.subarray(SEATS, { minLength: 2 }), async (seats) => {
      const store = openStore();
      const office = createBoxOffice(store);
      const given = `reserve ${seats.join(" and ")} at once`;
      const refusals = await Promise.all(
        seats.map((seat) => refusalOf(office.reserve(CONCERT, seat))),
      );
      await expectFree(store, office, {
        given,
        consequence: "Both took the same number and took one off.",
      });
      const refused = refusals.find((refusal) => refusal !== undefined);
      if (refused === undefined) return;
      red({
        given,
        observed: `one customer read: ${show(refused)}`,
        expected: `${seats.length} seats, ${seats.length} customers, no error`,
        consequence: "Nobody had that seat, and perhaps it is reserved now all the same.",
      });
    }),
);

/** Answers each call some turns later, as a database does. */
function slow(store: Store): Store {
  const plan = () => ({ kind: "delay", until: new Promise(setImmediate) }) as const;
  return withFaults(store, plan).store;
}

/** The number of free seats has to be what the log makes it. */
async function expectFree(
  store: Store,
  office: BoxOffice,
  circumstances: { readonly given: string; readonly consequence: string },
): Promise<void> {
  const written = await reservedIn(store);
  const observed = await office.free(CONCERT);
  if (observed === 20 - written) return;
  red({
    ...circumstances,
    observed: `free ${observed} with ${written} of 20 seats reserved`,
    expected: `${20 - written}`,
  });
}

async function reservedIn(store: Store): Promise<number> {
  const { events } = await store.readLog({ after: 0, limit: 100 });
  return events.filter(({ type }) => type === "SeatReserved").length;
}

function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error("Nothing was thrown."),
  );
}
