import { ProgressStore } from "../runner/progress.ts";

// Another runner, in a process of its own: counts attempts of one step, one by one.

const [, , folder = "", name = "", times = "0"] = process.argv;
const store = new ProgressStore(folder, () => new Date(0));
for (let n = 0; n < Number(times); n++) {
  store.updateStep(name, (step) => ({ ...step, attempts: step.attempts + 1 }));
}
