import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PROGRAM = `
  import { event } from "@counterpoint/bus";
  import { createMemoryStore } from "@counterpoint/memory";
  import { createProjector, projection } from "@counterpoint/read-model";

  const Noted = event("Noted");
  const notes = projection("notes", {
    version: 1,
    events: [Noted],
    columns: { id: "text" },
    key: ({ stream }) => stream,
    on: { Noted: (_none, { stream }) => ({ id: stream }) },
  });
  const store = createMemoryStore();
  const projector = createProjector(store, { projections: [notes], delayMs: 200 });
  await projector.start();
  const { token } = await store.append({ stream: "a", events: [Noted()] });
  await projector.waitFor(token);
  console.log(await store.readModel(notes).get("a"));
`;

it("keeps a program alive that does nothing but wait for its write, and lets it end then", async () => {
  const flags = ["--import", "tsx", "--conditions", "@counterpoint/source"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, "--input-type=module", "--eval", PROGRAM],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  expect(stdout).toBe("{ id: 'a' }\n");
});
