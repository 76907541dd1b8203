import type { Role } from "../../../server/access/role.ts";
import { isRole } from "../../../server/access/role.ts";

/** What a tab brings along with each request. Both are kept for as long as the tab lives, and no longer. */
const TOKEN = "counterpoint-token";
const ROLE = "counterpoint-role";

const listeners = new Set<() => void>();

/** The headers that say who asks. */
function credentialHeaders(): Readonly<Record<string, string>> {
  const token = sessionStorage.getItem(TOKEN);
  if (token !== null) return { Authorization: `Bearer ${token}` };
  const role = sessionStorage.getItem(ROLE);
  return isRole(role) ? { "X-Role": role } : {};
}

/** Brings a token from now on; `undefined` forgets it. */
export function setToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
  for (const listener of listeners) listener();
}

/** Plays a role from now on, where the server lets everybody choose. */
export function playRole(role: Role): void {
  sessionStorage.setItem(ROLE, role);
  for (const listener of listeners) listener();
}

/** Calls back when the server may take this tab for somebody else than before. */
export function onCredentials(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** `fetch`, with the headers that say who asks. A token that the server no longer takes is forgotten. */
export const fetchAsMyself: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  const mine = credentialHeaders();
  for (const [name, value] of Object.entries(mine)) headers.set(name, value);
  const response = await fetch(input, { ...init, headers });
  const isStill = credentialHeaders()["Authorization"] === mine["Authorization"];
  if (response.status === 401 && mine["Authorization"] !== undefined && isStill)
    setToken(undefined);
  return response;
};
