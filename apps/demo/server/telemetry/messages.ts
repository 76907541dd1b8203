import { query, type } from "@counterpoint/bus";

/** Asks for the figures of this process, in the text format of Prometheus. */
export const GetMetrics = query("GetMetrics", { result: type<string>() });
