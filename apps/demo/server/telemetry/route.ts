import type { DispatchOptions, MessageOf, QueryBus } from "@counterpoint/bus";
import { documented } from "@counterpoint/hono";
import type { Context, Handler } from "hono";
import { METRICS_TYPE } from "./measures.ts";
import { GetMetrics } from "./messages.ts";

/**
 * The figures for Prometheus. They tell how busy the place is, so they are for readers, as everything else: with
 * AUTH_SECRET, Prometheus brings a viewer's token (`authorization: { credentials_file: … }`).
 */
export function metricsRoute(
  queries: QueryBus<MessageOf<typeof GetMetrics>>,
  context: (context: Context) => DispatchOptions,
): Handler {
  return documented(OPERATION, async function metrics(c) {
    const text = await queries.dispatch(GetMetrics(), context(c));
    return c.text(text, 200, { "Content-Type": METRICS_TYPE, "Cache-Control": "no-store" });
  });
}

const summary = "Tells the figures of this process in the text format of Prometheus";
const OPERATION = {
  summary,
  responses: {
    200: { description: summary, content: { "text/plain": { schema: { type: "string" } } } },
  },
  problems: [400, 500],
};
