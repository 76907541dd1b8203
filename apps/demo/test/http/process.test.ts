import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

const MAIN = new URL("../../server/main.ts", import.meta.url).pathname;
const NODE_ARGS = ["--import", "tsx", "--conditions=@counterpoint/source"];
const LONG = { timeout: 120_000 };

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

/** The real program, as `npm run demo` starts it. */
function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [...NODE_ARGS, MAIN, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const exit = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as string | null };
  });
  return {
    child,
    said,
    exit,
    async url(): Promise<string> {
      for (;;) {
        const found = /http:\/\/localhost:\d+/.exec(said.out)?.[0];
        if (found) return found;
        if (child.exitCode !== null) throw new Error(`It ended: ${said.err}`);
        await Promise.race([once(child.stdout, "data"), exit]);
      }
    },
  };
}

describe("the program", () => {
  it("prints its help and exits with 0", LONG, async () => {
    const { exit, said } = demo(["--help"]);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(said.out).toContain("Usage: npm run demo");
    expect(said.err).toBe("");
  });

  it.each([
    [["--port", "99999"], {}, "--port must be a whole number from 0 to 65535"],
    [["--colour"], {}, "--colour"],
    [[], { PORT: "abc" }, "PORT must be a whole number"],
  ])(
    "says in one line what is wrong with %j %j, and exits with 2",
    LONG,
    async (args, env, message) => {
      const { exit, said } = demo(args, env);
      expect(await exit).toEqual({ code: 2, signal: null });
      expect(said.err).toContain(message);
      expect(said.err.trim().split("\n")).toHaveLength(1);
      expect(said.out).toBe("");
    },
  );

  it(
    "says in one line that a port is in use and which to try, and exits with 2",
    LONG,
    async () => {
      const other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address() as AddressInfo;
      const { exit, said } = demo(["--port", String(port)]);
      expect(await exit).toEqual({ code: 2, signal: null });
      expect(said.err).toBe(
        `Port ${port} is in use. Try another: npm run demo -- --port ${port === 65_535 ? 3000 : port + 1}\n`,
      );
      other.close();
    },
  );

  it("says where it is, what it stores and what to try next, without a warning", LONG, async () => {
    const { url, said, child, exit } = demo([], { PORT: "0" });
    expect((await fetch(`${await url()}/health/ready`)).status).toBe(200);
    expect(said.out).toContain("memory");
    expect(said.out).toContain("Try next");
    expect(said.err).toBe("");
    child.kill("SIGTERM");
    await exit;
  });
});

describe("spans", () => {
  const names = ["POST /users", "command CreateUser", "append UserRegistered"];
  const create = (base: string) =>
    fetch(`${base}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"Ada","email":"ada@example.org"}',
    });

  /** Creates a user in a demo that sends its spans to a collector, and has it stop. */
  async function createdBeside(collect: RequestListener) {
    const collector = createServer(collect).listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const { url, child, exit, said } = demo(["--port", "0"], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    expect((await create(await url())).status).toBe(201);
    child.kill("SIGTERM");
    expect(await exit).toEqual({ code: 0, signal: null });
    collector.close();
    return said;
  }

  it("are printed with --trace", LONG, async () => {
    const { url, child, exit, said } = demo(["--port", "0", "--trace"]);
    expect((await create(await url())).status).toBe(201);
    child.kill("SIGTERM");
    expect(await exit).toEqual({ code: 0, signal: null });
    for (const name of names) expect(said.out).toContain(`name: '${name}'`);
    expect(said.err).toBe("");
  });

  it(
    "go to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, the last at the end",
    LONG,
    async () => {
      let received = "";
      const said = await createdBeside((request, response) => {
        request.on("data", (chunk: Buffer) => (received += `${request.url} ${chunk.toString()}`));
        request.on("end", () => response.end("{}"));
      });
      for (const part of ["/v1/traces", "counterpoint-demo", ...names])
        expect(received).toContain(part);
      expect(said.out).not.toContain("traceId");
      expect(said.err).toBe("");
    },
  );

  it("keep nobody from stopping when the collector does not answer", LONG, async () => {
    const said = await createdBeside(() => undefined);
    expect(said.err).toContain("The last spans could not be sent");
  });
});

describe.each(["SIGINT", "SIGTERM"] as const)("on %s", (signal) => {
  it("ends streams, waits and idle connections, and exits with 0", LONG, async () => {
    const { url, child, exit, said } = demo(["--port", "0", "--delay", "60000"]);
    const base = await url();
    const stream = await fetch(`${base}/events`);
    const made = await fetch(`${base}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"Ada","email":"ada@example.org"}',
    });
    const waiting = fetch(`${base.replace("localhost", "127.0.0.1")}/users`, {
      headers: { "Consistency-Token": made.headers.get("consistency-token")!, Prefer: "wait=30" },
    });
    const idle = connect(Number(new URL(base).port), "127.0.0.1").on("error", () => {});
    await once(idle, "connect");
    const hungUp = once(idle, "close");
    for (let n = 0; n < 50; n++) await (await fetch(`${base}/users`)).text(); // who came before has arrived by then

    const beganMs = performance.now();
    child.kill(signal);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - beganMs).toBeLessThan(4_000); // the last resort comes after 5 s
    expect((await waiting).status).toBe(503);
    expect(await stream.text()).toContain("UserRegistered");
    await hungUp;
    expect(said.err).toBe("");
  });
});

describe("on a second signal", () => {
  it("exits at once with 1", LONG, async () => {
    const { url, child, exit, said } = demo(["--port", "0"]);
    const base = await url();
    const slow = connect(Number(new URL(base).port), "127.0.0.1").on("error", () => {});
    slow.write(
      "POST /users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    );
    await fetch(`${base}/users`);
    child.kill("SIGINT");
    while (!said.out.includes("Stopping")) await once(child.stdout!, "data");
    child.kill("SIGINT");
    expect(await exit).toEqual({ code: 1, signal: null });
    slow.destroy();
  });
});
