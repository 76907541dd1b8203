import { tokenCommand } from "./access/token-command.ts";
import { HELP, UsageError, parseCli } from "./cli.ts";
import type { RunningDemo } from "./serve.ts";
import { startTracing } from "./telemetry/spans.ts";
import { startDemo } from "./serve.ts";

const parent = process.ppid; // as early as can be: starting takes its time
const LOOK_FOR_PARENT_MS = 250;

try {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "token") console.log(await tokenCommand(rest, process.env, Date.now()));
  else await start();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function start(): Promise<void> {
  const options = parseCli(process.argv.slice(2), process.env);
  if (options === "help") return void process.stdout.write(HELP);
  const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const traced = await startTracing({ console: options.trace ?? false, endpoint });
  const demo = await startDemo(options, { tracer: traced?.tracer });
  stopWhenAsked(async () => {
    await demo.stop();
    await traced?.stop();
  });
  console.log(greeting(demo));
  demo.page.catch((error: unknown) => console.error("The page could not be built:", error));
}

function stopWhenAsked(end: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stop();
    });
  }
  if (process.env["npm_lifecycle_event"] !== undefined) whenOrphaned(stop);

  function stop(): void {
    if (stopping) return;
    stopping = true;
    console.log("\nStopping…");
    void end().then(() => process.exit(0));
  }
}

/** A signal to npm ends the shell that npm has started, but not what that shell has started: this program. */
function whenOrphaned(stop: () => void): void {
  const looking = setInterval(() => {
    if (process.ppid === parent && isRunning(parent)) return;
    clearInterval(looking);
    stop();
  }, LOOK_FOR_PARENT_MS).unref();
}

/** Windows never gives an orphan another parent, so the number alone does not tell. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function greeting({ url, store, access, exercise }: RunningDemo): string {
  const isOpen = access === "open";
  const json = `-H 'content-type: application/json'`;
  const login = isOpen ? "" : ` -H "authorization: Bearer $TOKEN"`;
  return `
Counterpoint demo: one command, two read models

  Page    ${url}${exercise ? `\n  Yours   ${exercise.url}  (${exercise.title}, beside the solution)` : ""}
  Store   ${store}
  Access  ${isOpen ? "open: everybody on this machine acts as admin, nobody else gets in" : "with a token: npm run demo -- token --role editor --sub ada"}

Try next
  1. Open the page, turn the delay up to 2 seconds, and add a user.
  2. Or by hand:
     curl -i ${url}/users${login} ${json} -d '{"name":"Ada","email":"ada@example.org"}'
     curl '${url}/users?consistency=sync'${login}
     curl '${url}/users?consistency=eventual'${login} -H 'Consistency-Token: <from the first answer>'
  3. npm run demo -- --help

Ctrl+C stops it.
`;
}
