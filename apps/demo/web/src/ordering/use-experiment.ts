import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { ExperimentReport } from "../../../server/ordering/messages.ts";
import type { ScheduleName } from "../../../server/ordering/schedules.ts";
import { api } from "../api/client.ts";
import { NO_ANSWER, readProblem } from "../api/problem.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import { STRATEGY_WORDS, verdictOf } from "./in-words.ts";

/** Runs one schedule when it is told to, and keeps the last result of each. Leaving the page or the tab cuts it short. */
export function useExperiment(schedule: ScheduleName) {
  const client = useQueryClient();
  const announce = useAnnounce();
  const queryKey = ["ordering", schedule];
  const { data, error, isFetching, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => request(schedule, signal),
    enabled: false,
    retry: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const run = useCallback(async () => {
    const { data: report, error: refusal } = await refetch();
    if (refusal) announce(refusal.message);
    else if (report) announce(aloud(report));
  }, [refetch, announce]);

  return {
    report: data,
    error: error?.message,
    isRunning: isFetching,
    run,
    cancel: () => client.cancelQueries({ queryKey }),
  };
}

async function request(schedule: ScheduleName, signal: AbortSignal): Promise<ExperimentReport> {
  const asked = api.lab.ordering.$post({ json: { schedule } }, { init: { signal } });
  const response: Response = await asked.catch((error: unknown) => {
    throw signal.aborted ? error : new Error(NO_ANSWER.message);
  });
  if (!response.ok) throw new Error((await readProblem(response)).message);
  return (await response.json()) as ExperimentReport; // what the route answers with 200
}

function aloud({ strategies }: ExperimentReport): string {
  const verdicts = strategies.map((each) => {
    return `${STRATEGY_WORDS[each.strategy].title}: ${verdictOf(each).text}`;
  });
  return `${verdicts.join(". ")}.`;
}
