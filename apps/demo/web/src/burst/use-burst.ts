import { useEffect, useRef, useState } from "react";
import { sendCommand } from "../api/send-command.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import { counted } from "../ui/format.ts";
import type { BurstProgress } from "./burst-plan.ts";
import { runBurst } from "./burst-plan.ts";

/** Browsers keep six connections to a host; two follow the server, and one is left for the reads. */
const CONCURRENCY = 3;
const REFRESH_MS = 100;

/** Runs bursts, one at a time, and tells how they stand ten times a second. */
export function useBurst(onLatency: (ms: number) => void) {
  const [progress, setProgress] = useState<BurstProgress>();
  const cancel = useRef<AbortController>(undefined);
  const announce = useAnnounce();

  useEffect(() => () => cancel.current?.abort(), []);

  return { progress, start, cancel: () => cancel.current?.abort() };

  async function start(wanted: number): Promise<void> {
    const controller = new AbortController();
    cancel.current = controller;
    const begin = performance.now();
    let done = { accepted: 0, refused: 0 };
    const tell = (state: BurstProgress["state"]) =>
      setProgress({ wanted, ...done, ms: performance.now() - begin, state });
    tell("running");
    const timer = setInterval(() => tell("running"), REFRESH_MS);
    await runBurst({
      wanted,
      concurrency: CONCURRENCY,
      signal: controller.signal,
      async send(command) {
        const sent = await sendCommand(command);
        if (!sent.ok) return { ok: false };
        onLatency(sent.ms);
        return command.type === "CreateUser"
          ? { ok: true, userId: sent.expected.userId }
          : { ok: true };
      },
      onProgress: (now) => (done = { ...now }),
    });
    clearInterval(timer);
    tell(controller.signal.aborted ? "cancelled" : "done");
    announce(`The burst has sent ${counted(done.accepted + done.refused, "command")}.`);
  }
}
