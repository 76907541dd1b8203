import { join } from "node:path";
import { root } from "../workspaces.ts";
import { readDocstrings } from "./docstrings.ts";
import { compileExamples, executeExamples } from "./examples.ts";
import { checkLinks } from "./links.ts";
import { checkLanguages } from "./languages.ts";
import { modulesOf } from "./modules.ts";
import { readPages } from "./pages.ts";

// The step `docs` of the gate: what the pages and the docstrings say is compiled, run, and followed. Its last line says how
// much was looked at.

const pages = readPages();
const docstrings = readDocstrings();
const examples = [...pages.map(modulesOf), docstrings];
const modules = examples.flatMap((each) => each.modules);
const cache = join(root, "docs/.cache");

const [compiled, executed] = await Promise.all([
  compileExamples(modules, join(cache, "examples")),
  executeExamples(modules, join(cache, "run")),
]);
const links = checkLinks(pages);
const problems = [
  ...examples.flatMap((each) => each.problems),
  ...checkLanguages(pages),
  ...compiled.problems,
  ...executed.problems,
  ...links.problems,
];
if (docstrings.modules.length === 0) problems.push("No docstring has an example.");
if (compiled.looked === 0) problems.push("No code was compiled.");
if (executed.looked === 0) problems.push("No claim was compared.");
if (links.looked === 0) problems.push("No link was followed.");

for (const problem of problems) console.log(problem);
console.log(
  `${pages.length} pages and ${docstrings.docstrings} docstrings: ${compiled.looked} blocks of code compiled, ${executed.looked} outputs compared, ` +
    `${links.looked} links, paths and scripts followed; ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
