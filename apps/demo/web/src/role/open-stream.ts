import { EventSource as FetchingEventSource } from "eventsource";
import { fetchAsMyself } from "./credentials.ts";

/** Opens a stream of server-sent events. The browser's own `EventSource` can send no header, and so cannot say who asks. */
export function openStream(url: string): EventSource {
  const source = new FetchingEventSource(new URL(url, location.origin), { fetch: fetchAsMyself });
  return source as unknown as EventSource; // it follows the same specification
}
