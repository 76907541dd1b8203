// Shows one slide at a time. Without a script all slides stand below each other, and so they print.
const root = document.documentElement;
const slides = [...document.querySelectorAll(".slide")];
let current = 0;

function go(index) {
  current = Math.min(slides.length - 1, Math.max(0, index));
  slides.forEach((slide, at) => slide.classList.toggle("current", at === current));
  history.replaceState(null, "", `#slide-${current + 1}`);
  slides[current].scrollIntoView({ block: "nearest" });
}

function view(name) {
  root.dataset.view = name;
  go(current);
}

function fit() {
  root.style.setProperty("--fit", String(Math.min(innerWidth / 1280, innerHeight / 720)));
}

function switchTheme() {
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

const KEYS = {
  ArrowRight: () => go(current + 1),
  ArrowDown: () => go(current + 1),
  PageDown: () => go(current + 1),
  " ": () => go(current + 1),
  ArrowLeft: () => go(current - 1),
  ArrowUp: () => go(current - 1),
  PageUp: () => go(current - 1),
  Home: () => go(0),
  End: () => go(slides.length - 1),
  Enter: () => view("show"),
  Escape: () => view("show"),
  o: () => view(root.dataset.view === "all" ? "show" : "all"),
  t: switchTheme,
  n: () => root.toggleAttribute("data-notes"),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
};

addEventListener("keydown", (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
addEventListener("resize", fit);
document.querySelector("main").addEventListener("click", ({ target }) => {
  const index = slides.indexOf(target.closest(".slide"));
  if (root.dataset.view === "all" && index >= 0) {
    current = index;
    view("show");
  } else go(current + 1);
});

fit();
current = Number(location.hash.replace("#slide-", "") || 1) - 1;
view("show");
