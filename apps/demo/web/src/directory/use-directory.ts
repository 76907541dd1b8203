import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api } from "../api/client.ts";
import { coalesce } from "./coalesce.ts";
import type { Directory, ReadBlock } from "./read-both.ts";
import { BLOCK_SIZE, readBoth } from "./read-both.ts";

interface DirectoryOptions {
  readonly page: number;
  readonly pageSize: number;
  /** Whatever tells that the models may have changed: the directory is read again when one of them does. */
  readonly changes: readonly unknown[];
}

/** How long to leave the server alone between two readings. */
const REST_MS = 150;

/** Reads one page of both models, and reads it again, without haste, whenever they may have changed. */
export function useDirectory({ page, pageSize, changes }: DirectoryOptions) {
  const client = useQueryClient();
  const queryKey = ["directory", page, pageSize];
  const { data, error } = useQuery({
    queryKey,
    queryFn: async () => {
      const known = client.getQueriesData<Directory>({ queryKey: ["directory"] });
      const expected = Math.max(0, ...known.map(([, directory]) => directory?.totals.sync ?? 0));
      return readBoth(readBlock, { page, pageSize, expected });
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    retry: false,
  });

  const refresh = useMemo(
    () =>
      coalesce(
        () => client.invalidateQueries({ queryKey: ["directory"] }, { cancelRefetch: false }),
        () => new Promise((resolve) => setTimeout(resolve, REST_MS)),
      ),
    [client],
  );
  useEffect(refresh, [refresh, ...changes]);

  return { directory: data, error: error?.message };
}

const readBlock: ReadBlock = async (model, block) => {
  const query = { page: String(block), page_size: String(BLOCK_SIZE), consistency: model };
  const response: Response = await api.users.$get({ query });
  if (!response.ok) throw new Error(`The users could not be read: status ${response.status}.`);
  return (await response.json()) as Awaited<ReturnType<ReadBlock>>; // what the route answers with 200
};
