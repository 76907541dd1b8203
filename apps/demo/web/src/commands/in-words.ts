import type { UserCommand } from "../api/send-command.ts";
import type { ReadBack, ReadMode } from "../api/verdict.ts";
import { formatMs } from "../ui/format.ts";

/** Says what a command asks for. */
export function commandInWords(command: UserCommand): string {
  switch (command.type) {
    case "CreateUser":
      return `Create ${command.name.trim() || "(no name)"}`;
    case "RenameUser":
      return `Rename to ${command.name.trim() || "(no name)"}`;
    case "RemoveUser":
      return `Remove ${command.name}`;
  }
}

/** Names a mode as the switch does. */
export const MODE_NAMES: Readonly<Record<ReadMode, string>> = {
  nothing: "Nothing",
  token: "Token",
  sync: "Synchronous",
};

/** Says what the read after a write showed. */
export function readInWords({ verdict, ms }: ReadBack): string {
  switch (verdict) {
    case "fresh":
      return `Fresh after ${formatMs(ms)}`;
    case "stale":
      return `Stale after ${formatMs(ms)}`;
    case "late":
      return `No answer within ${formatMs(ms)}: 503 instead of an old row`;
    case "failed":
      return "The read failed";
  }
}
