import { html } from "hono/html";
import type { ConcertRow, Programme, Side } from "./performance.ts";

type Html = ReturnType<typeof html>;

/** Writes the page of an exercise. It works without a script; with one it follows changes by itself. */
export function pageOf(programme: Programme): Html {
  const { slug, step, title } = programme.exercise;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}: the solution and yours</title>
        <link rel="stylesheet" href="/exercise/page.css" />
        <script type="module" src="/exercise/page.js"></script>
      </head>
      <body>
        <header>
          <p><a href="/">Counterpoint demo</a> · exercise ${slug}</p>
          <h1>${step} ${title}: the solution and yours</h1>
        </header>
        <main>${mainOf(programme)}</main>
      </body>
    </html>`;
}

function mainOf(programme: Programme): Html {
  const { exercise, concerts, commands, controls, script, output, mine, reference } = programme;
  return html`
    ${verdictOf(programme)}
    <table>
      <caption>
        What people read: free seats, 20 at first
      </caption>
      <thead>
        <tr>
          <th scope="col">Concert</th>
          <th scope="col">Write side</th>
          <th scope="col">Solution ${badgeOf(reference)}</th>
          <th scope="col">Yours ${badgeOf(mine)}</th>
          <th scope="col">Difference</th>
          <th scope="col"><span class="unseen">Commands</span></th>
        </tr>
      </thead>
      <tbody>
        ${concerts.map((row) => rowOf(row, commands))}
      </tbody>
    </table>
    <section>
      <h2>What may happen</h2>
      <div class="buttons">
        ${controls.map(({ name, label, on }) => {
          return html`<form method="post" action="/exercise/controls/${name}">
            <button ${on === null ? "" : html`aria-pressed="${String(on)}"`}>
              ${label}${on === null ? "" : on ? ": on" : ": off"}
            </button>
          </form>`;
        })}
        <form method="post" action="/exercise/begin-again"><button>Begin again</button></form>
      </div>
    </section>
    <section>
      <h2>To try</h2>
      <ol>
        ${exercise.tries.map((text) => html`<li>${text}</li>`)}
      </ol>
      <p class="hint">
        Save a file in ${exercise.work}: yours begins anew, and everything below happens to it
        again.
      </p>
    </section>
    <section>
      <h2>What has happened, the newest first</h2>
      ${script.length === 0 ? html`<p class="hint">Nothing yet: reserve a seat.</p>` : ""}
      <ol reversed class="script">
        ${script.map((text) => html`<li>${text}</li>`)}
      </ol>
    </section>
    ${
      output === ""
        ? ""
        : html`<section>
            <h2>Your code wrote</h2>
            <pre>${output}</pre>
          </section>`
    }
  `;
}

function verdictOf({ mine, differs, script, exercise }: Programme): Html {
  if (mine.error !== null) {
    return html`<div class="verdict bad" role="status">
      <p>
        <strong>Yours has stopped.</strong> Mend it in ${exercise.work}; it begins anew when you
        save.
      </p>
      <pre>${mine.error}</pre>
    </div>`;
  }
  const text = differs
    ? "Yours says something else than the solution."
    : script.length === 0
      ? "Both begin with 20 free seats."
      : "Both say the same.";
  return html`<p class="verdict ${differs ? "bad" : "good"}" role="status">${text}</p>`;
}

function badgeOf({ state }: Side): Html | string {
  return state === "running" ? "" : html`<span class="badge">stopped</span>`;
}

function rowOf(row: ConcertRow, commands: readonly string[]): Html {
  const { concert, free, reference, mine, differs } = row;
  return html`<tr ${differs ? html`class="differs"` : ""}>
    <th scope="row">${concert}</th>
    <td>${free}</td>
    <td>${reference ?? "–"}</td>
    <td>${mine ?? "–"}</td>
    <td>${differenceOf(reference, mine)}</td>
    <td class="buttons">
      ${commands.map((command) => {
        return html`<form method="post" action="/exercise/concerts/${concert}/${command}">
          <button>${LABELS[command] ?? command}</button>
        </form>`;
      })}
    </td>
  </tr>`;
}

const LABELS: Readonly<Record<string, string>> = {
  reserve: "Reserve a seat",
  release: "Release a seat",
};

function differenceOf(reference: ConcertRow["reference"], mine: ConcertRow["mine"]): string {
  if (reference === mine) return "none";
  if (mine === null) return "yours has stopped";
  if (typeof reference !== "number" || typeof mine !== "number") return "another value";
  return mine > reference ? `${mine - reference} too many` : `${reference - mine} too few`;
}
