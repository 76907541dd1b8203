import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createContext, useContext, useEffect } from "react";
import type { Session } from "../../../server/access/session.ts";
import { api } from "../api/client.ts";
import { onCredentials } from "./credentials.ts";
import { SignIn } from "./sign-in.tsx";

const Mine = createContext<Session>({ mode: "open", actor: "anonymous", role: "admin" });
const KEY = ["session"];
const AGAIN_MS = 1_500;

/** Finds out whom the server takes this tab for, and asks for a token where it has to know. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: readSession,
    retry: true,
    retryDelay: AGAIN_MS,
  });

  useEffect(() => onCredentials(() => void client.invalidateQueries({ queryKey: KEY })), [client]);

  if (data === undefined) return null;
  if (data === "unknown") return <SignIn />;
  return <Mine value={data}>{children}</Mine>;
}

/** @returns Whom the server takes this tab for. */
export function useSession(): Session {
  return useContext(Mine);
}

async function readSession(): Promise<Session | "unknown"> {
  const response: Response = await api.session.$get({ query: {} });
  if (response.status === 401) return "unknown";
  if (!response.ok) throw new Error(`Who am I? Status ${response.status}.`);
  return (await response.json()) as Session; // the route answers nothing else
}
