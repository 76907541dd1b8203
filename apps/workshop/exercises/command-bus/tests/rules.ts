import { forAll, red, refuses, rule, same, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import { createCommandBus } from "../exercise.ts";

/** Names that every object has without anybody's doing. */
const INHERITED = ["toString", "constructor", "hasOwnProperty", "valueOf", "__proto__"] as const;

const inherited = fc.constantFrom(...INHERITED);
const anyType = fc.oneof(
  { withCrossShrink: true },
  fc.constantFrom("MoveSeat", "ReserveSeat", "CancelSeat", "reserveSeat", "ReserveSeats", ""),
  fc.string({ minLength: 1, maxLength: 6 }),
);

rule(
  "Every command reaches the handler of its type",
  {
    why: "a bus knows no command by name: who adds one does not touch the bus",
    at: ["switch", "dispatch"],
  },
  () =>
    forAll(fc.uniqueArray(anyType, { minLength: 1, maxLength: 4 }), async (types) => {
      const bus = createCommandBus();
      for (const type of types) bus.register(type, (payload) => ({ handledBy: type, payload }));
      for (const type of types) {
        same(
          await bus.dispatch({ type, payload: 7 }),
          { handledBy: type, payload: 7 },
          {
            given: `register(${types.map(show).join("), register(")}) → dispatch(${show(type)})`,
            consequence: "The command is lost, and nobody hears of it.",
          },
        );
      }
    }),
);

rule(
  "A command without a handler is refused by name",
  { why: "a silent undefined looks like success", at: ["dispatch"] },
  () =>
    forAll(anyType, async (type) => {
      const given = `dispatch(${show(type)}) on a bus without handlers`;
      const act = () => createCommandBus().dispatch({ type, payload: {} });
      const error = await refuses(act, "HANDLER_NOT_FOUND", {
        given,
        consequence: "The customer reads “reserved”, and no seat is.",
      });
      if (!error.message.includes(type)) {
        red({
          given,
          observed: `the message ${show(error.message)}`,
          expected: `one that names ${show(type)}`,
        });
      }
    }),
);

rule(
  "Names that every object inherits are ordinary names",
  { why: "a look-up in {} also finds what Object.prototype has", at: ["handlers", "dispatch"] },
  () =>
    forAll(inherited, async (type) => {
      const bus = createCommandBus();
      await refuses(() => bus.dispatch({ type, payload: {} }), "HANDLER_NOT_FOUND", {
        given: `dispatch(${show(type)}) on a bus without handlers`,
        consequence:
          "Object.prototype answers: whoever may choose a type may call what nobody registered.",
      });
      await accepts(() => bus.register(type, () => "mine"), `register(${show(type)})`);
      same(await bus.dispatch({ type, payload: {} }), "mine", {
        given: `register(${show(type)}) → dispatch(${show(type)})`,
      });
    }),
);

rule(
  "A second handler for a type is refused at once",
  {
    why: "two modules claim one command: at start-up it is a bug report, later a mystery",
    at: ["register"],
  },
  () =>
    forAll(anyType, async (type) => {
      const bus = createCommandBus();
      bus.register(type, () => "first");
      const given = `register(${show(type)}) twice`;
      await refuses(() => bus.register(type, () => "second"), "DUPLICATE_HANDLER", {
        given,
        consequence: await silentWinner(type),
      });
      same(await bus.dispatch({ type, payload: {} }), "first", {
        given: `${given} → dispatch(${show(type)})`,
        consequence: "The refused handler was put in all the same.",
      });
    }),
);

rule(
  "What a handler returns or throws comes back unchanged",
  { why: "the bus routes, and nothing else", at: "dispatch" },
  () =>
    forAll(fc.oneof(fc.constantFrom(undefined, null, 0, false, ""), fc.object()), async (value) => {
      const bus = createCommandBus();
      bus.register("ReserveSeat", () => value);
      bus.register("CancelSeat", () => {
        // oxlint-disable-next-line typescript/only-throw-error -- whatever a handler throws comes back
        throw value;
      });
      const answer: unknown = await bus.dispatch({ type: "ReserveSeat", payload: {} });
      if (!Object.is(answer, value)) {
        red({
          given: `a handler returns ${show(value)}`,
          observed: show(answer),
          expected: "the same value",
        });
      }
      const thrown: unknown = await bus.dispatch({ type: "CancelSeat", payload: {} }).then(
        () => "nothing",
        (error: unknown) => error,
      );
      if (!Object.is(thrown, value)) {
        red({
          given: `a handler throws ${show(value)}`,
          observed: `${show(thrown)} was thrown`,
          expected: "the same value",
        });
      }
    }),
);

async function accepts(act: () => unknown, given: string): Promise<void> {
  try {
    await act();
  } catch (error) {
    red({ given, observed: `threw ${show(error)}`, expected: "nothing stands in its way" });
  }
}

/** Tries on a bus of its own which of two handlers a bus keeps, to say what its silence costs. */
async function silentWinner(type: string): Promise<string> {
  const bus = createCommandBus();
  bus.register(type, () => "first");
  try {
    bus.register(type, () => "second");
  } catch {
    return "The error has no code that says what happened.";
  }
  return (await bus.dispatch({ type, payload: {} })) === "second"
    ? "The last registration wins: the order of imports decides what your system does."
    : "The first registration wins in silence: the second module's code never runs.";
}
