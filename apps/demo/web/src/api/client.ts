import { hc } from "hono/client";
import type { Api } from "../../../server/api.ts";
import { fetchAsMyself } from "../role/credentials.ts";

/** The demo's API, typed by the server's own routes. */
export const api = hc<Api>(location.origin, { fetch: fetchAsMyself });
