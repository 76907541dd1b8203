import { useState } from "react";
import type { UserView } from "../../server/users/messages.ts";
import { CommandForm } from "./commands/command-form.tsx";
import { CommandList } from "./commands/command-list.tsx";
import { ReadSwitch } from "./commands/read-switch.tsx";
import { useCommands } from "./commands/use-commands.ts";
import { Pager } from "./directory/pager.tsx";
import { Panels } from "./directory/panels.tsx";
import { useDirectory } from "./directory/use-directory.ts";
import { usePageSize } from "./directory/use-page-size.ts";
import { Header } from "./header.tsx";
import { HistoryDrawer } from "./history/history-drawer.tsx";
import type { LabTab } from "./lab/lab.tsx";
import { Lab } from "./lab/lab.tsx";
import { modelOf } from "./live/live-state.ts";
import { useLive } from "./live/use-live.ts";
import { isFlood } from "./log/log-geometry.ts";
import { LogLine } from "./log/log-line.tsx";
import { ScenarioCard } from "./scenarios/scenario-card.tsx";

/** The page: on the left what is written, on the right what two read models make of it. */
export function App() {
  const live = useLive();
  const commands = useCommands(live.events);
  const [wantedPage, setPage] = useState(0);
  const pageSize = usePageSize();
  const checkpoint = modelOf(live, "eventual")?.position ?? 0;
  const { directory, error } = useDirectory({
    page: wantedPage,
    pageSize,
    changes: [
      ...[live.head, checkpoint, live.epoch, live.connection],
      ...[live.status?.dead_letters, live.status?.last_rebuild?.state],
    ],
  });
  const [tab, setTab] = useState<LabTab>("projector");
  const [shown, setShown] = useState<UserView>();
  const { page = 0, pages = 1 } = directory ?? {};

  return (
    <>
      <Header live={live} />
      <div className="page">
        <div className="write-side">
          <CommandForm send={commands.send} />
          <ReadSwitch mode={commands.mode} onChange={commands.setMode} tallies={commands.tallies} />
        </div>
        <main className="read-side" data-flood={isFlood(live.events)}>
          <ScenarioCard onTab={setTab} />
          <LogLine events={live.events} head={live.head} checkpoint={checkpoint} />
          <Panels
            live={live}
            directory={directory}
            error={error}
            send={commands.send}
            onHistory={setShown}
          />
          <Pager page={page} pages={pages} onChange={setPage} />
          <Lab live={live} send={commands.send} selected={tab} onSelect={setTab} />
        </main>
        <CommandList entries={commands.entries} />
      </div>
      {shown && <HistoryDrawer user={shown} head={live.head} onClose={() => setShown(undefined)} />}
    </>
  );
}
