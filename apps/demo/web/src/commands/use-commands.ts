import { useEffect, useReducer, useRef, useState } from "react";
import { readBack } from "../api/read-back.ts";
import type { ExpectedUser, Sent, UserCommand } from "../api/send-command.ts";
import { sendCommand } from "../api/send-command.ts";
import type { ReadMode } from "../api/verdict.ts";
import type { LogEvent } from "../live/live-state.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import type { CommandLog } from "./command-log.ts";
import { commandLogReducer, emptyCommandLog } from "./command-log.ts";
import { readInWords } from "./in-words.ts";

/** Sends a command and resolves with its answer, before the read that follows. */
export type Send = (command: UserCommand) => Promise<Sent>;

interface Commands extends CommandLog {
  readonly mode: ReadMode;
  readonly setMode: (mode: ReadMode) => void;
  readonly send: Send;
}

/** Sends commands, keeps the list of them, and reads back after each that was accepted. */
export function useCommands(events: readonly LogEvent[]): Commands {
  const [log, dispatch] = useReducer(commandLogReducer, emptyCommandLog);
  const [mode, setMode] = useState<ReadMode>("nothing");
  const lastId = useRef(0);
  const announce = useAnnounce();

  useEffect(() => dispatch({ type: "logged", events }), [events, log.entries]);

  return { ...log, mode, setMode, send };

  async function send(command: UserCommand): Promise<Sent> {
    const id = ++lastId.current;
    dispatch({ type: "sending", id, command, at: new Date() });
    const sent = await sendCommand(command);
    dispatch({ type: "sent", id, sent });
    if (sent.ok) void readAfter(id, sent.token, sent.expected);
    else announce(`Refused: ${sent.problem.message}`);
    return sent;
  }

  async function readAfter(id: number, token: string, expected: ExpectedUser): Promise<void> {
    dispatch({ type: "reading", id, mode });
    const read = await readBack(mode, token, expected);
    dispatch({ type: "read", id, read });
    announce(`Accepted. Read back: ${readInWords(read)}.`);
  }
}
