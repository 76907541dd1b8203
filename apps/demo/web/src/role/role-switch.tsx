import { ROLES, isRole } from "../../../server/access/role.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import { playRole, setToken } from "./credentials.ts";
import { useSession } from "./session.tsx";

const MAY = {
  viewer: "may read",
  editor: "may read and write",
  admin: "may do everything, the lab included",
} as const;

/** Says who one is. An open server lets everybody play every role; one with tokens lets people leave. */
export function RoleSwitch() {
  const { mode, actor, role } = useSession();
  const announce = useAnnounce();

  if (mode === "token") {
    return (
      <span className="role">
        <span>
          {actor} · {role}, {MAY[role]}
        </span>
        <button type="button" className="quiet" onClick={() => setToken(undefined)}>
          Sign out
        </button>
      </span>
    );
  }
  return (
    <label className="role">
      Acting as
      <select value={role} onChange={({ target }) => choose(target.value)}>
        {ROLES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );

  function choose(chosen: string): void {
    if (!isRole(chosen)) return;
    playRole(chosen);
    announce(`Acting as ${chosen}, who ${MAY[chosen]}.`);
  }
}
