import type { Context } from "@counterpoint/bus";
import { query } from "@counterpoint/bus";
import { z } from "zod";
import { ROLES } from "./role.ts";

/** What the server takes somebody for. */
export const Session = z.object({
  /** `open`: anybody on this machine, without a token. */
  mode: z.enum(["open", "token"]),
  actor: z.string(),
  role: z.enum(ROLES),
});

export type Session = z.infer<typeof Session>;

/** Asks who one is. */
export const GetSession = query("GetSession", { result: Session });

export function sessionHandler(mode: Session["mode"]) {
  return function getSession(_payload: void, { metadata }: Context): Session {
    const { actor = "", role } = metadata;
    return { mode, actor, role: role as Session["role"] }; // the policy in front has seen that it is one
  };
}
