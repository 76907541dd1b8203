import { launchBrowser } from "@counterpoint/tooling/browser";
import type { CDPSession } from "playwright-core";
import { openPage, startServer } from "./demo-page.ts";

// Measures what a burst of 5,000 commands does to the page: `npm run trace`, in this workspace. No test: it is about time.

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly args: { readonly name?: string };
}

const COMMANDS = "5000";
const LONG_MS = 50;

const demo = await startServer();
const browser = await launchBrowser();
try {
  const { page } = await openPage(browser, demo.url);
  const devtools = await page.context().newCDPSession(page);
  await page.getByRole("tab", { name: "Cost" }).click();
  const burst = page.getByRole("region", { name: "What it costs" });
  await burst.getByLabel("Commands").fill(COMMANDS);
  const before = await heapMb(devtools);
  const tracing = await startTracing(devtools);
  await burst.getByRole("button", { name: "Send a burst" }).click();
  await burst.getByText(/^Done/).waitFor({ timeout: 300_000 });
  const tasks = mainThreadTasks(await tracing.stop());
  const during = await heapMb(devtools, false);
  console.log({
    said: await burst.getByText(/^Done/).innerText(),
    tasks: tasks.length,
    longestTaskMs: Math.round(tasks[0] ?? 0),
    [`tasksOver${LONG_MS}Ms`]: tasks.filter((ms) => ms > LONG_MS).length,
    heapMb: { before, rightAfter: during, collected: await heapMb(devtools) },
  });
} finally {
  await browser.close();
  await demo.stop();
}
process.exit();

async function startTracing(devtools: CDPSession) {
  const events: TraceEvent[] = [];
  devtools.on("Tracing.dataCollected", ({ value }) =>
    events.push(...(value as unknown as TraceEvent[])),
  );
  await devtools.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "disabled-by-default-devtools.timeline"] },
  });
  return {
    async stop() {
      const complete = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
      await devtools.send("Tracing.end");
      await complete;
      return events;
    },
  };
}

/** How long each task of the page's own thread took, in milliseconds, longest first. */
function mainThreadTasks(events: readonly TraceEvent[]): readonly number[] {
  const isMain = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return events
    .filter(
      ({ name, ph, pid, tid }) =>
        ph === "X" && name.endsWith("RunTask") && isMain.has(`${pid} ${tid}`),
    )
    .map(({ dur = 0 }) => dur / 1_000)
    .sort((a, b) => b - a);
}

async function heapMb(devtools: CDPSession, collect = true): Promise<number> {
  if (collect) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return Number((usedSize / 2 ** 20).toFixed(1));
}
