/** How the API's description looks: the colours and the type of the page, without its build. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f5f8, #0d1117);
  --surface: light-dark(#ffffff, #161b22);
  --line: light-dark(#d9dfe7, #2d3642);
  --text: light-dark(#16202c, #e9eef4);
  --muted: light-dark(#526072, #a3b0c0);
  --link: light-dark(#0b5cab, #7ab8ff);
  font: clamp(15px, 10px + 0.47vw, 22px) / 1.5 system-ui, sans-serif;
}
body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--page); color: var(--text); }
h1 { margin: 0; font-size: 1.75rem; }
h2 { margin: 0; font-size: 1.125rem; overflow-wrap: anywhere; }
h3 { margin: 1rem 0 0.25rem; font-size: 0.9375rem; }
a { color: var(--link); }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
nav ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 0.25rem 1rem; margin: 1rem 0; padding: 0; list-style: none; }
article { margin: 1rem 0; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--surface); }
article:target { border-color: var(--link); }
article > p { margin: 0.25rem 0; color: var(--muted); }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; table-layout: fixed; }
th, td { padding: 0.25rem 0.5rem 0.25rem 0; border-top: 1px solid var(--line); text-align: start; vertical-align: top; overflow-wrap: anywhere; font-weight: 400; }
thead th { border-top: 0; color: var(--muted); }
th:first-child { width: 25%; }
summary { cursor: pointer; margin-top: 0.5rem; }
pre { margin: 0.5rem 0 0; padding: 0.75rem; border-radius: 0.5rem; background: var(--page); overflow-x: auto; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`;
