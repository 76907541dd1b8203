import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { clientOf } from "./client.ts";
import { makeFolder, processesIn } from "./folders.ts";
import type { Program } from "./program.ts";
import { COMMAND, startCommand, startProgram } from "./program.ts";

const LONG = { timeout: 120_000 };

/** Rejects when somebody else listens there. */
async function listenOn(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: taken } = server.address() as AddressInfo; // of a TCP server
  await new Promise((resolve) => server.close(resolve));
  return taken;
}

/** The program has taken its leave, and nothing of it is left: no port, no server. */
async function expectGone(program: Program, port: number, folder: string): Promise<void> {
  await program.exit; // of everybody who holds its output
  expect(program.said.out).toContain("Stopping…");
  expect(await listenOn(port)).toBe(port);
  expect(processesIn(folder)).toEqual([]);
}

it.concurrent("SIGTERM stops the demo and its own server cleanly", LONG, async () => {
  await using folder = await makeFolder();
  const port = await listenOn(0);
  const args = ["--port", String(port), "--store=postgres", "--data-dir", folder.path];
  await using program = startProgram(args);
  await clientOf(await program.url()).create("Ada");
  expect(processesIn(folder.path).length).toBeGreaterThan(2);
  program.child.kill("SIGTERM");
  expect(await program.exit).toEqual({ code: 0, signal: null });
  await expectGone(program, port, folder.path);
  expect(program.said.err).toBe("");
  await using again = startProgram(args);
  expect(await clientOf(await again.url()).list("sync")).toMatchObject([{ name: "Ada" }]);
});

it.concurrent("SIGTERM to npm stops what npm run demo has started", LONG, async () => {
  await using folder = await makeFolder();
  const port = await listenOn(0);
  const args = ["--port", String(port), "--store=postgres", "--data-dir", folder.path];
  await using npm = startCommand(["npm", "run", "demo", "--", ...args]);
  await npm.url();
  npm.child.kill("SIGTERM");
  await expectGone(npm, port, folder.path);
});

it.concurrent("the end of the shell that npm has started stops the demo", LONG, async () => {
  await using folder = await makeFolder();
  const port = await listenOn(0);
  const args = [...COMMAND, "--port", String(port)].map((word) => `'${word}'`).join(" ");
  const env = { npm_lifecycle_event: "demo" };
  await using shell = startCommand(["/bin/sh", "-c", `${args}; exit`], env); // stays, to say exit
  await shell.url();
  shell.child.kill("SIGKILL");
  await expectGone(shell, port, folder.path);
});
