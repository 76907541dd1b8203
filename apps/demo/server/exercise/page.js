// Looks once a second whether anything has changed, the learner's file above all, and then shows it without a reload.

const LOOK_MS = 1_000;

let seen = "";

async function look() {
  try {
    const state = await (await fetch("/exercise/state")).text();
    if (seen !== "" && state !== seen) await renew();
    seen = state;
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
  setTimeout(() => void look(), LOOK_MS);
}

async function renew() {
  const text = await (await fetch("/exercise")).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const focused = document.activeElement?.closest("form")?.getAttribute("action");
  if (!fresh) return;
  document.querySelector("main")?.replaceWith(fresh);
  fresh.querySelector(`form[action="${focused}"] button`)?.focus();
}

addEventListener("submit", (submitted) => {
  const form = submitted.target;
  if (!(form instanceof HTMLFormElement)) return;
  submitted.preventDefault();
  void send(form);
});

/** @param {HTMLFormElement} form */
async function send(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
  });
  await renew();
  if (answer.ok) return;
  const { detail } = await answer.json();
  const verdict = document.querySelector(".verdict");
  if (verdict) verdict.textContent = detail;
}

void look();
