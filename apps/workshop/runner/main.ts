import { runWorkshop } from "./run-workshop.ts";

process.exitCode = await runWorkshop(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
