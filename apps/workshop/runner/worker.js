import { parentPort } from "node:worker_threads";
import { inspect } from "node:util";
import "fast-check"; // loaded while nobody waits: it is most of what the tests of an exercise need

/** @import { Progress } from "../grading/report.ts" */

// One worker grades once and is thrown away: an endless loop in it is ended from outside, and nothing that the
// learner's code leaves behind meets the next run.

process.setSourceMapsEnabled(true);

/** @param {Progress} progress */
const tell = (progress) => parentPort?.postMessage(progress);

/** @param {unknown} error */
const tellOf = (error) => {
  const isError = error instanceof Error;
  const observed = isError ? `${error.name}: ${error.message}` : inspect(error);
  tell({ type: "stray", observed, stack: isError ? (error.stack ?? "") : "" });
};

process.on("unhandledRejection", tellOf);
process.on("uncaughtException", tellOf);
process.on("beforeExit", () => tell({ type: "idle" }));

// `once` lets go of the port, so that a worker in which nothing can happen any more is about to exit: the sign of a
// promise that never settles. Loading is no such sign: module loaders wait without keeping a worker alive.
parentPort?.once("message", (job) => void grade(job));

/** @param {{ readonly url: string, readonly seeds: readonly number[] }} job */
async function grade({ url, seeds }) {
  const loading = setInterval(() => {}, 60_000);
  try {
    const { runRules } = await import(url);
    clearInterval(loading);
    await runRules(seeds, tell);
  } catch (error) {
    clearInterval(loading);
    tellOf(error);
  }
  // What nobody awaits gets some turns to fail in.
  setTimeout(() => tell({ type: "done" }), 10);
}
