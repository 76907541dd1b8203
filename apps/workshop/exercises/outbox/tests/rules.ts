import type { Message } from "@counterpoint/bus";
import { forAll, red, rule, same, sweep } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import { createBoxOffice, createRelay } from "../exercise.ts";
import type { Witness, World } from "./world.ts";
import { createWorld } from "./world.ts";

const atOffice = ["broker.send(", "database.transaction(", "reserve("];
const atRelay = ["saveCursor(", "deleteRow(", "async run("];
const atCursor = ["outbox.rows(", "commits(", "async run("];

rule(
  "What is reserved is announced, what is refused is not",
  { why: "the ticket printer knows only what it is told", at: atOffice },
  () =>
    forAll(fc.array(fc.constantFrom("A1", "A2"), { maxLength: 4 }), async (seats) => {
      const { world, witness } = createWorld();
      const office = createBoxOffice({ database: world, broker: world });
      for (const seat of seats) {
        const had = witness.owners.has(seat);
        const isRefused = await office.reserve(seat, "ada").then(
          () => false,
          () => true,
        );
        same(isRefused, had, { given: `reserve ${seat}, which ${had ? "ada has" : "is free"}` });
      }
      await createRelay(world, world).run();
      expectAnnounced(witness, `reserve ${seats.join(", ")} → relay`);
    }),
);

rule(
  "Seat and announcement are both there, or neither is",
  { why: "the process may die between any two calls", at: atOffice },
  async () => {
    let witness: Witness | undefined;
    await sweep<World>({
      open: async () => {
        const created = createWorld();
        witness = created.witness;
        return { store: created.world, [Symbol.asyncDispose]: async () => {} };
      },
      scenario: (world) => createBoxOffice({ database: world, broker: world }).reserve("A1", "ada"),
      restart: (world) => createRelay(world, world).run(),
      invariant: async () => {
        if (witness) expectAnnounced(witness, "reserve A1, and the relay runs afterwards");
      },
    });
  },
);

rule(
  "A crash of the relay loses no message",
  { why: "what was not sent before the crash is sent after it", at: atRelay },
  async () => {
    let witness: Witness | undefined;
    await sweep<World>({
      open: async () => {
        const created = createWorld();
        witness = created.witness;
        witness.begin([reserved(1), reserved(2)])();
        witness.begin([reserved(3)])();
        return { store: created.world, [Symbol.asyncDispose]: async () => {} };
      },
      scenario: (world) => createRelay(world, world).run(),
      restart: (world) => createRelay(world, world).run(),
      invariant: async () => {
        const missing = missingFrom(witness, 3);
        if (missing.length === 0) return;
        red({
          given: "#1 and #2 in one transaction, #3 in another → relay",
          observed: `${inWords(missing)} never sent`,
          expected: "each sent at least once",
          consequence: "It was marked as sent before it was: nobody ever looks at it again.",
        });
      },
    });
  },
);

rule(
  "A message that commits late is not passed over",
  { why: "ids are drawn at insert, and show at commit: in another order", at: atCursor },
  () =>
    forAll(fc.integer({ min: 1, max: 30 }), async (others) => {
      const { world, witness } = createWorld();
      const relay = createRelay(world, world);
      const commitLate = witness.begin([reserved(1)]);
      for (let id = 2; id <= others + 1; id++) witness.begin([reserved(id)])();
      await relay.run();
      commitLate();
      await relay.run();
      const missing = missingFrom(witness, others + 1);
      if (missing.length === 0) return;
      const range = others === 1 ? "#2" : `#2 to #${others + 1}`;
      red({
        given: `#1 inserted · ${range} inserted, committed → relay · #1 committed → relay`,
        observed: `${inWords(missing)} never sent`,
        expected: `all ${others + 1} sent`,
        consequence: "It looked past an id that was not visible yet, and never looks back so far.",
      });
    }),
);

rule(
  "What was sent is not sent again and again",
  { why: "at least once means again after a crash, not at every run", at: atRelay },
  () =>
    forAll(fc.integer({ min: 1, max: 3 }), async (messages) => {
      const { world, witness } = createWorld();
      for (let id = 1; id <= messages; id++) witness.begin([reserved(id)])();
      for (let run = 1; run <= 3; run++) await createRelay(world, world).run();
      if (witness.sent.length <= messages) return;
      red({
        given: `${messages} committed → relay → restart → relay → restart → relay`,
        observed: `${witness.sent.length} sent`,
        expected: `${messages}`,
        consequence: "It has forgotten where it was, though nothing crashed between two calls.",
      });
    }),
);

/** All who have a seat were announced, and nobody else. */
function expectAnnounced({ owners, sent }: Witness, given: string): void {
  const announced = new Set(sent.map(({ payload }) => (payload as { seat: string }).seat));
  for (const seat of owners.keys()) {
    if (announced.has(seat)) continue;
    red({
      given,
      observed: `${seat} is reserved, and nobody is told`,
      expected: `SeatReserved(${seat}) is sent`,
      consequence: "A dual write: what came after the commit was lost with the process.",
    });
  }
  for (const seat of announced) {
    if (owners.has(seat)) continue;
    red({
      given,
      observed: `SeatReserved(${seat}) was sent, and ${seat} is free`,
      expected: "only what was committed is announced",
      consequence: "A ghost: a message cannot be rolled back, and a ticket was printed.",
    });
  }
}

function reserved(id: number): Message {
  return { type: "SeatReserved", payload: { seat: `#${id}`, customer: "ada" } };
}

/** Which of the messages 1 to `last` were never sent. */
function missingFrom(witness: Witness | undefined, last: number): readonly string[] {
  const sent = new Set(witness?.sent.map(({ payload }) => (payload as { seat: string }).seat));
  const ids = Array.from({ length: last }, (_, index) => `#${index + 1}`);
  return ids.filter((id) => !sent.has(id));
}

function inWords(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids.slice(0, 3).join(", ")} and others` : ids.join(" and ");
}
