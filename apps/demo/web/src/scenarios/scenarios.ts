import {
  deathInWords,
  duplicatesInWords,
  rebuildInWords,
  wakeUpsInWords,
} from "../lab/in-words.ts";
import { counted, formatMs } from "../ui/format.ts";
import type { Act, Scenario } from "./scenario.ts";
import { isCaughtUp, nameIn } from "./scenario.ts";

/** The guided stories, in the order in which a lesson would tell them. The page and the tests run the very same. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: "stale-read",
    title: "The stale read",
    promise: "A user is renamed, and a read right after it shows the old name.",
    steps: [
      {
        does: "Register Grace Hopper, and let both models catch up.",
        watch:
          "She appears in the synchronous model with the write, and in the eventual one soon after.",
        tab: "projector",
        acts: [create("Grace Hopper", "user")],
        holds: (facts) => facts.sync === "Grace Hopper" && facts.eventual === "Grace Hopper",
        saw: () => "Both models show Grace Hopper.",
      },
      {
        does: "Set the delay to 4 s, rename her to Admiral Hopper, and read the eventual model at once.",
        watch:
          "The row on the right keeps the old name, and says so, until its checkpoint has passed the rename.",
        tab: "projector",
        acts: [
          { request: "PUT /lab/delay", body: { delay_ms: 4_000 } },
          { request: "PATCH /users/<user>", body: { name: "Admiral Hopper" }, as: "rename" },
          { request: "GET /users/<user>?consistency=eventual", as: "read" },
        ],
        holds: ({ answers, sync }) =>
          nameIn(answers["read"]) === "Grace Hopper" && sync === "Admiral Hopper",
        saw: ({ answers }) =>
          `After ${formatMs(answers["read"]?.ms ?? 0)} the read answered “${nameIn(answers["read"])}”: stale. The synchronous model says Admiral Hopper.`,
      },
      {
        does: "Read the same model again, and bring along the token that the rename was answered with.",
        watch: "The read hangs for as long as the row on the right is marked; then it answers.",
        tab: "projector",
        acts: [
          { request: "GET /users/<user>?consistency=eventual", tokenOf: "rename", as: "waited" },
        ],
        holds: ({ answers }) => nameIn(answers["waited"]) === "Admiral Hopper",
        saw: ({ answers }) =>
          `The read waited ${formatMs(answers["waited"]?.ms ?? 0)}, and answered “${nameIn(answers["waited"])}”: fresh.`,
      },
    ],
    question:
      "Both reads asked the same read model, seconds apart. Why could the second one not be stale?",
    answer:
      "It brought the token of the write, which says: at least as fresh as this. The server held the answer back until the checkpoint had passed that position. The reader paid with waiting, where the first one paid with an old name. A read of the synchronous model pays neither: there the write has paid.",
  },
  {
    id: "crashed-projector",
    title: "The crashed projector",
    promise: "A worker dies in the middle of its work, once on either side of its transaction.",
    steps: [
      {
        does: "Let the worker die before its next transaction, then register Edsger Dijkstra.",
        watch:
          "The write is accepted, and the synchronous model has him. The checkpoint on the right stays.",
        tab: "crashes",
        acts: [
          { request: "PUT /lab/crash", body: { crash: "before" } },
          create("Edsger Dijkstra", "user"),
        ],
        holds: ({ status: { last_death: death }, sync }) =>
          death?.how === "crashed before" && death.checkpoint !== null && sync !== undefined,
        saw: ({ status: { last_death: death } }) =>
          `${death?.worker} died. The store says: checkpoint ${death?.checkpoint}, as before.`,
      },
      {
        does: "Wait for another worker.",
        watch:
          "The dead one’s lease has to run out, then the next worker goes on from the checkpoint.",
        tab: "crashes",
        acts: [],
        holds: (facts) =>
          facts.status.last_death?.successor != null &&
          isCaughtUp(facts) &&
          facts.eventual === "Edsger Dijkstra",
        saw: ({ status: { last_death: death } }) => (death ? deathInWords(death) : ""),
      },
      {
        does: "Now let the worker die right after its transaction, and register Barbara Liskov.",
        watch:
          "She stands in both models at once, although her worker is dead. Will she be applied again?",
        tab: "crashes",
        acts: [
          { request: "PUT /lab/crash", body: { crash: "after" } },
          create("Barbara Liskov", "user"),
        ],
        holds: (facts) =>
          facts.status.last_death?.how === "crashed after" &&
          facts.status.last_death.successor !== null &&
          facts.eventual === "Barbara Liskov",
        saw: ({ status: { last_death: death } }) => (death ? deathInWords(death) : ""),
      },
    ],
    question:
      "The second worker died before it heard that its transaction was committed. How did the next one know not to apply the event again?",
    answer:
      "It did not need to know what the dead one knew. The rows and the checkpoint are stored in one transaction, so the checkpoint in the store says exactly what is in the rows. Before the commit neither is there, after it both are; there is nothing in between where a crash could do harm.",
  },
  {
    id: "duplicate-delivery",
    title: "The duplicated delivery",
    promise: "Everything arrives twice, and wake-ups do not arrive at all.",
    steps: [
      {
        does: "Deliver every batch twice; register Tony Hoare and rename him.",
        watch: "Both models agree, and the store counts what it has refused.",
        tab: "deliveries",
        acts: [
          { request: "PUT /lab/duplicates", body: { duplicates: true } },
          create("Tony Hoare", "user"),
          { request: "PATCH /users/<user>", body: { name: "Sir Tony Hoare" } },
        ],
        holds: (facts) =>
          facts.status.counts.second_deliveries_refused > 0 &&
          facts.status.counts.events_applied_twice === 0 &&
          facts.eventual === "Sir Tony Hoare" &&
          isCaughtUp(facts),
        saw: ({ status }) => duplicatesInWords(status.counts) ?? "",
      },
      {
        does: "Drop every wake-up as well, and register Frances Allen.",
        watch: "She comes a little later: the worker has to find her by itself.",
        tab: "deliveries",
        acts: [
          { request: "PUT /lab/wake-ups", body: { wake_ups: "dropped" } },
          create("Frances Allen", "user"),
        ],
        holds: (facts) =>
          facts.status.counts.wake_ups_dropped > 0 &&
          facts.eventual === "Frances Allen" &&
          isCaughtUp(facts),
        saw: ({ status }) => wakeUpsInWords(status) ?? "",
      },
    ],
    question:
      "No network can promise to deliver exactly once. What here makes the effect happen exactly once all the same?",
    answer:
      "Each batch says from which checkpoint it goes on, and the store only takes it when its checkpoint is still there. The first delivery moves the checkpoint in the transaction that writes the rows, so the second one no longer fits and changes nothing. And what never arrives is found by polling from the same checkpoint.",
  },
  {
    id: "poison-event",
    title: "The poison event",
    promise: "One event cannot be applied, because the code of the read model has a bug.",
    steps: [
      {
        does: "Choose to park poison events, plant the bug, and register Jennifer Null and Radia Perlman.",
        watch:
          "The synchronous model has both. On the right the worker tries Jennifer four times, then sets her aside.",
        tab: "poison",
        acts: [
          { request: "PUT /lab/poison-policy", body: { policy: "park" } },
          { request: "PUT /lab/bug", body: { bug: true } },
          create("Jennifer Null", "user"),
          create("Radia Perlman"),
        ],
        holds: (facts) =>
          facts.status.dead_letters === 1 && facts.eventual === undefined && isCaughtUp(facts),
        saw: ({ status }) =>
          `${counted(status.dead_letters, "event")} set aside. The checkpoint has gone on to ${status.head}: Radia Perlman did not have to wait.`,
      },
      {
        does: "Rename her to Jennifer Smith, which the buggy code could take.",
        watch:
          "The rename is sound, and still it is not applied: it waits behind the event that failed.",
        tab: "poison",
        acts: [{ request: "PATCH /users/<user>", body: { name: "Jennifer Smith" } }],
        holds: (facts) =>
          facts.status.dead_letters === 2 && facts.sync === "Jennifer Smith" && isCaughtUp(facts),
        saw: () => "2 events set aside: one failed, the other waits behind it.",
      },
      {
        does: "Repair the bug, and retry all that was set aside.",
        watch: "Both events are applied in their order, and the models agree.",
        tab: "poison",
        acts: [
          { request: "PUT /lab/bug", body: { bug: false } },
          { request: "POST /lab/dead-letters/retry-all", as: "retried" },
        ],
        holds: (facts) => facts.status.dead_letters === 0 && facts.eventual === "Jennifer Smith",
        saw: () => "Nothing is set aside any more; both models show Jennifer Smith.",
      },
    ],
    question: "The rename was perfectly sound. Why was it not applied at once?",
    answer:
      "Because it builds on an event that is missing. Applied alone it would find no row to rename, and when her registration is retried later, it would bring the old name back. Parking keeps the order within one user and lets all others go on. Skipping gives that order up; stopping keeps it for everybody, and everybody waits.",
  },
  {
    id: "rebuild",
    title: "The rebuild",
    promise: "The eventual model is thrown away and built again from the log, twice.",
    steps: [
      {
        does: "Register Niklaus Wirth, and rebuild beside: a second model grows while the first one answers.",
        watch:
          "Nothing happens on the right, and that is the point; the bar in the lab shows the new one growing.",
        tab: "projector",
        acts: [
          create("Niklaus Wirth", "user"),
          { request: "GET /users/<user>?consistency=eventual", tokenOf: "user" },
          { request: "POST /lab/rebuild", body: { mode: "beside" } },
        ],
        holds: ({ status: { last_rebuild: last }, eventual }) =>
          last?.mode === "beside" && last.state === "done" && eventual === "Niklaus Wirth",
        saw: ({ status: { last_rebuild: last } }) => (last ? rebuildInWords(last, false) : ""),
      },
      {
        does: "Rebuild in place: the rows go, and the log is replayed into the empty table.",
        watch:
          "The rows on the right are gone, and come back as the checkpoint runs through the log.",
        tab: "projector",
        acts: [{ request: "POST /lab/rebuild", body: { mode: "in place" } }],
        holds: ({ status: { last_rebuild: last }, eventual }) =>
          last?.mode === "in place" && last.state === "done" && eventual === "Niklaus Wirth",
        saw: ({ status: { last_rebuild: last } }) => (last ? rebuildInWords(last, false) : ""),
      },
    ],
    question: "Why could all rows be thrown away without losing anything, and why can the log not?",
    answer:
      "The rows say nothing that the log does not say: they are a fold over it, and folding again gives the same rows. Nothing can be folded back into the log. So a read model may be dropped, repaired or reshaped at any time; beside, nobody notices but the disk, which holds two of them for a while.",
  },
];

function create(name: string, as?: string): Act {
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.org`;
  return { request: "POST /users", body: { name, email }, ...(as !== undefined && { as }) };
}
