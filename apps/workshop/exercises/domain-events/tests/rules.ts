import { red, rule, same, show } from "@counterpoint/workshop/grading";
import { createEvents } from "../exercise.ts";
import type { Failures, Name } from "./evening.ts";
import { Audience, FAILURES, NAMES, NONE, RESERVED, reserve } from "./evening.ts";

rule(
  "Everybody hears what was reserved",
  { why: "a mail, a number and a ticket depend on it", at: "publish" },
  async () => {
    const { audience, error } = await reserve("is committed", NONE);
    const given = "ada reserves A1";
    if (error) red({ given, observed: `threw ${show(error)}`, expected: "reserved" });
    same(audience.told.toSorted(), NAMES.toSorted(), { given });
    same(audience.heard[0], RESERVED, { given });
  },
);

rule(
  "Nobody hears of what was not committed",
  { why: "a rollback takes back rows, and no mails", at: ["events.publish", "createBoxOffice"] },
  async () => {
    for (const write of ["meets a taken seat", "fails"] as const) {
      const { audience, error } = await reserve(write, NONE);
      const given = `ada reserves A1 · the write ${write}`;
      if (audience.told.length > 0) {
        red({
          given,
          observed: `${list(audience.told)} heard SeatReserved`,
          expected: "nobody",
          consequence:
            write === "fails"
              ? "A ghost: a look beforehand is no commit, and the mail is out."
              : "A ghost: ada has a mail for a seat that is somebody else's.",
        });
      }
      if (!error) red({ given, observed: "reserved", expected: "the store's error" });
    }
  },
);

rule(
  "One failing subscriber starves no other",
  {
    why: "the mailer knows nothing of the printer",
    at: ["subscriber(event)", "(event)", "publish(event"],
  },
  async () => {
    for (const failures of FAILURES) {
      const { audience } = await publish(failures);
      const starved = NAMES.filter((name) => !audience.told.includes(name));
      if (starved.length > 0) {
        red({
          given: `${inWords(failures)} · publish(SeatReserved)`,
          observed: `${list(starved)} heard nothing`,
          expected: "everybody hears it",
          consequence:
            failures.how === "throws"
              ? "What throws before there is a promise ends the loop, be it for or map."
              : "The first failure ends the loop.",
        });
      }
      if (audience.told.length === NAMES.length) continue;
      red({
        given: inWords(failures),
        observed: `${audience.told.length} calls`,
        expected: `${NAMES.length}`,
      });
    }
  },
);

rule(
  "publish ends when everybody has finished, and tells who failed",
  {
    why: "who awaits it goes on, or ends the process",
    at: ["subscriber(event)", "(event)", "publish(event"],
  },
  async () => {
    for (const failures of [NONE, ...FAILURES]) {
      const { audience, error, finished } = await publish(failures);
      const given = `${inWords(failures)} · await publish(SeatReserved)`;
      const busy = NAMES.filter(
        (name) => !finished.includes(name) && !failures.names.includes(name),
      );
      if (busy.length > 0) {
        red({
          given,
          observed: `${error ? "rejected" : "resolved"} while ${list(busy)} had not finished`,
          expected: "an end when all have ended",
          consequence: error
            ? "It gives up at the first failure: the rest goes on unheard, or not at all."
            : "Nobody waits for them: at the end of the process the mail is not out.",
        });
      }
      const lost = audience.errors.filter((each) => !isIn(error, each));
      if (lost.length > 0) {
        red({
          given,
          observed: error ? `rejected with ${show(error)}` : "resolved",
          expected: "a rejection with each error, more than one in its `errors`",
          consequence: "Nobody hears that the mail did not go out.",
        });
      }
      if (error && failures.names.length === 0) {
        red({ given, observed: `rejected with ${show(error)}`, expected: "resolved" });
      }
    }
  },
);

rule(
  "What is committed has succeeded, whoever fails to hear of it",
  { why: "the seat is ada's, with or without a mail", at: ["events.publish", "createBoxOffice"] },
  async () => {
    for (const failures of FAILURES) {
      const { error } = await reserve("is committed", failures);
      if (!error) continue;
      red({
        given: `ada reserves A1 · it is committed · ${inWords(failures)}`,
        observed: `threw ${show(error)}`,
        expected: "reserved",
        consequence: "Ada reads “failed”, tries again, and reads that her seat is taken.",
      });
    }
  },
);

rule(
  "No failure of a subscriber is lost",
  { why: "what nobody reports, nobody mends", at: ["catch", "events.publish"] },
  async () => {
    for (const failures of FAILURES) {
      const { audience, reports } = await reserve("is committed", failures);
      const lost = audience.errors.filter((error) => !reports.some((each) => isIn(each, error)));
      if (lost.length === 0) continue;
      red({
        given: `ada reserves A1 · it is committed · ${inWords(failures)}`,
        observed: reports.length === 0 ? "no report" : `reported: ${reports.map(show).join(", ")}`,
        expected: "report() with each error, alone or in `errors`",
        consequence: "Caught and dropped: no mail for a week, and no line in the log.",
      });
    }
  },
);

/** Publishes to subscribers that fail so, and looks at the moment at which `publish` ends. */
async function publish(failures: Failures) {
  const events = createEvents();
  const audience = new Audience(events, failures);
  let error: unknown;
  try {
    await events.publish(RESERVED);
  } catch (caught) {
    error = caught;
  }
  return { audience, error, finished: [...audience.finished] };
}

function isIn(reported: unknown, error: Error): boolean {
  if (reported === error) return true;
  const { errors, cause } = (reported ?? {}) as { errors?: unknown; cause?: unknown };
  return (
    (Array.isArray(errors) && errors.some((each) => isIn(each, error))) ||
    (cause !== undefined && isIn(cause, error))
  );
}

function inWords({ names, how }: Failures): string {
  if (names.length === 0) return "nobody fails";
  const verb = names.length > 1 ? how.slice(0, -1) : how;
  return `${list(names)} ${verb}`;
}

function list(names: readonly Name[]): string {
  const [last = "", ...others] = names.map((name) => `the ${name}`).toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(", ")} and ${last}`;
}
