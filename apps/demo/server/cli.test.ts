import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HELP, UsageError, parseCli } from "./cli.ts";

const DEFAULTS = {
  port: 3000,
  store: "memory",
  delayMs: 0,
  dataDir: undefined,
  databaseUrl: undefined,
  host: "127.0.0.1",
  authSecret: undefined,
  ratePerMinute: 6_000,
  trace: false,
};
const SECRET = "0123456789abcdef0123456789abcdef";

describe("parseCli", () => {
  it.each([
    [[], {}, {}],
    [["--port", "3999"], {}, { port: 3999 }],
    [["--port=0"], {}, { port: 0 }],
    [["--port", "65535"], {}, { port: 65_535 }],
    [[], { PORT: "4000" }, { port: 4000 }],
    [[], { PORT: "" }, {}],
    [["--port", "3999"], { PORT: "4000" }, { port: 3999 }],
    [["--port", "3999"], { PORT: "nonsense" }, { port: 3999 }],
    [["--store", "memory"], {}, {}],
    [["--delay", "2000"], {}, { delayMs: 2000 }],
    [["--delay", "60000", "--port", "1"], {}, { delayMs: 60_000, port: 1 }],
    [[], { HOST: "localhost" }, { host: "localhost" }],
    [[], { HOST: "::1" }, { host: "::1" }],
    [[], { HOST: "" }, {}],
    [[], { AUTH_SECRET: SECRET }, { authSecret: SECRET }],
    [["--rate", "60"], { AUTH_SECRET: SECRET }, { authSecret: SECRET, ratePerMinute: 60 }],
    [
      ["--rate=0"],
      { AUTH_SECRET: SECRET, RATE_LIMIT: "9" },
      { authSecret: SECRET, ratePerMinute: 0 },
    ],
    [[], { RATE_LIMIT: "600" }, { ratePerMinute: 600 }],
    [[], { RATE_LIMIT: "" }, {}],
    [[], { AUTH_SECRET: SECRET, HOST: "0.0.0.0" }, { authSecret: SECRET, host: "0.0.0.0" }],
    [[], { AUTH_SECRET: "ä".repeat(16) }, { authSecret: "ä".repeat(16) }],
  ])("reads %j with %j", (args, env, expected) => {
    expect(parseCli(args, env)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([["--help"], ["-h"]])("asks for help by %s, whatever else is said", (help) => {
    expect(parseCli([help, "--port", "nonsense"], { PORT: "x" })).toBe("help");
  });

  it.each([
    "--port",
    "--store",
    "--delay",
    "--data-dir",
    "--rate",
    "--help",
    "HOST",
    "AUTH_SECRET",
  ])("explains %s", (option) => {
    expect(HELP).toContain(option);
  });

  it.each([
    [["--port", "65536"], {}, `--port must be a whole number from 0 to 65535, got "65536".`],
    [["--port=-1"], {}, "--port must be"],
    [["--port", "abc"], {}, "--port must be"],
    [["--port", "0x10"], {}, "--port must be"],
    [["--port", "1e3"], {}, "--port must be"],
    [["--port", "3.5"], {}, "--port must be"],
    [["--port="], {}, "--port must be"],
    [["--port"], {}, "--port"],
    [[], { PORT: "abc" }, "PORT must be"],
    [["--delay", "60001"], {}, "--delay must be a whole number from 0 to 60000"],
    [["--rate", "60"], {}, "--rate counts the requests of each actor"],
    [["--rate", "-1"], { AUTH_SECRET: SECRET }, "--rate"],
    [["--rate", "a"], { AUTH_SECRET: SECRET }, "--rate must be a whole number from 0 to 1000000"],
    [[], { RATE_LIMIT: "many" }, "RATE_LIMIT must be a whole number"],
    [["--store", "oracle"], {}, 'There is no store "oracle". Choose one of: memory'],
    [["--store", "toString"], {}, "There is no store"],
    [["--prot", "3999"], {}, "--prot"],
    [["3999"], {}, "3999"],
    [["-p", "3999"], {}, "-p"],
    [["--exercise", ""], {}, "--exercise needs a slug or the number of a step."],
    [["--home", "."], {}, "add --exercise <slug>"],
    [["--exercise", "12"], { AUTH_SECRET: "x".repeat(32) }, "unset AUTH_SECRET"],
    [[], { HOST: "0.0.0.0" }, "HOST=0.0.0.0 would open the demo to others without a login."],
    [[], { HOST: "::" }, "Set AUTH_SECRET too, or leave HOST out."],
    [[], { HOST: "example.org" }, "HOST=example.org"],
    [[], { AUTH_SECRET: "" }, "AUTH_SECRET must have at least 32 bytes, got 0."],
    [[], { AUTH_SECRET: "x".repeat(31), HOST: "0.0.0.0" }, "AUTH_SECRET must have at least 32"],
  ])("refuses %j with %j in one sentence that says what to do", (args, env, message) => {
    expect(() => parseCli(args, env)).toThrow(UsageError);
    expect(() => parseCli(args, env)).toThrow(message);
  });

  it("answers any command line with options, help or a UsageError of a few words", () => {
    const word = fc.oneof(
      fc.constantFrom("--port", "--store", "--delay", "--help", "-h", "memory", "--", "-"),
      fc.nat().map(String),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), fc.option(word), (args, port) => {
        try {
          const parsed = parseCli(args, port === null ? {} : { PORT: port });
          if (parsed === "help") return;
          expect(parsed.port).toSatisfy((port: number) => port >= 0 && port <= 65_535);
          expect(Number.isInteger(parsed.delayMs)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
