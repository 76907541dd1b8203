import type { Factory } from "../harness/worker.ts";
import { serve } from "../harness/worker.ts";
import { settingsOf } from "./workload.ts";

// One process: one way to store events, at one task.

serve((name): Factory | undefined => {
  const [kind = "", mode = ""] = name.split(":");
  return async (given) => {
    const settings = settingsOf(given);
    switch (kind) {
      case "raw":
        return (await import("./contenders/raw.ts")).raw(settings, mode);
      case "counterpoint":
        return (await import("./contenders/counterpoint.ts")).counterpoint(settings, mode);
      case "lag":
        return (await import("./contenders/lag.ts")).counterpointLag(settings, mode);
      case "replay":
        return (await import("./contenders/replay.ts")).replay(settings);
      case "lost":
        return (await import("./contenders/lost.ts")).lost(settings);
      case "emmett":
        return (await import("./contenders/emmett.ts")).emmett(settings, mode);
      case "pglite":
        return (await import("./contenders/pglite.ts")).pglite(settings, mode);
      default:
        throw new Error(`There is no contender ${name}.`);
    }
  };
});
