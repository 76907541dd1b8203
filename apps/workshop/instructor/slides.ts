import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { renderDeck } from "./deck.ts";

// Shows the slides of the workshop: `npm run slides`.

const HELP = `Usage: npm run slides -- [options]

Shows the slides at an address of this machine; each reload renders them anew.

  --port <number>   where to listen; 0 picks a free port   (default 3030)
  --build <file>    writes them into one HTML file instead, which needs nothing else
  -h, --help        this text
`;

const told = tell();
if (typeof told === "string") {
  process.stderr.write(`${told}. See npm run slides -- --help\n`);
  process.exitCode = 2;
} else if (told.help) process.stdout.write(HELP);
else if (told.build === undefined) serve(told.port);
else {
  writeFileSync(told.build, renderDeck());
  process.stdout.write(`${told.build}\n`);
}

/** @returns What was asked for, or a sentence that says why it makes no sense. */
function tell() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "3030" },
        build: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return { ...values, port: portOf(values.port) };
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(". ")[0]!; // of one piece at the least
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`--port must be a whole number from 0 to 65535, got "${text}"`);
}

function serve(port: number): void {
  const server = createServer((_, response) => {
    try {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(renderDeck());
    } catch (error) {
      response.statusCode = 500;
      response.setHeader("content-type", "text/plain; charset=utf-8");
      response.end(String(error));
    }
  });
  server.listen(port, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo; // a listening TCP server has one
    process.stdout.write(`The slides: http://127.0.0.1:${port}\n`);
  });
}
