import { readFileSync } from "node:fs";
import { problem, problemResponse } from "@counterpoint/hono";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Concert } from "./concerts.ts";
import { CONCERTS, SEAT_COMMANDS } from "./concerts.ts";
import type { Performance } from "./performance.ts";
import { pageOf } from "./view.ts";

/** The HTTP face of an exercise: one page made on the server, its buttons, and the same for programs as JSON. */
export function exerciseRoutes(performance: Performance) {
  return new Hono()
    .get("/", async (c) => c.html(pageOf(await performance.programme())))
    .get("/state", async (c) => c.json(await performance.programme()))
    .get("/page.js", (c) => c.body(SCRIPT, 200, { "Content-Type": "text/javascript" }))
    .get("/page.css", (c) => c.body(STYLE, 200, { "Content-Type": "text/css" }))
    .post("/concerts/:concert/:command", async (c) => {
      const { concert, command } = c.req.param();
      if (!isConcert(concert) || !isCommand(command)) return missing(c);
      return (await performance.command(command, concert)) ? done(c) : missing(c);
    })
    .post("/controls/:name", async (c) =>
      (await performance.press(c.req.param("name"))) ? done(c) : missing(c),
    )
    .post("/begin-again", async (c) => {
      await performance.beginAgain();
      return done(c);
    });

  /** A browser goes back to the page; a program gets what the page would show. */
  async function done(c: Context): Promise<Response> {
    const isBrowser = c.req.header("accept")?.includes("text/html") ?? false;
    return isBrowser ? c.redirect("/exercise", 303) : c.json(await performance.programme());
  }
}

function missing({ req }: Context): Response {
  return problemResponse(
    problem(404, "NOT_FOUND", "There is no such concert or button."),
    req.path,
  );
}

function isConcert(name: string): name is Concert {
  return CONCERTS.some((concert) => concert === name);
}

function isCommand(name: string): name is keyof typeof SEAT_COMMANDS {
  return Object.hasOwn(SEAT_COMMANDS, name);
}

const STYLE = ["../../web/src/styles/tokens.css", "./page.css"].map(textOf).join("\n");
const SCRIPT = textOf("./page.js");

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}
