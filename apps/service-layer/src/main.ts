import { serve } from "@hono/node-server";
import { createApp } from "./app.ts";

// `npm start --workspace @counterpoint/service-layer`, on another port with PORT=3002.

const app = createApp({ createId: () => crypto.randomUUID(), clock: { now: () => Date.now() } });
const port = Number(process.env["PORT"] ?? 3001);
serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => {
  console.log(`The plain service answers at http://localhost:${port}/users`);
});
