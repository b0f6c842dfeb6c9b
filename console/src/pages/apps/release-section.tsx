import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, collect, keys, type Release } from "../../client.ts";
import { Ago } from "../../ui/ago.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Empty } from "../../ui/empty.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { say } from "../../ui/toast.tsx";
import { useWho } from "../../who.ts";
import { PushRelease } from "./push-release.tsx";

const size = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1024)).toLocaleString()} KiB`;

interface RemoveProps {
  readonly app: string;
  readonly release: Release;
  readonly onClose: () => void;
}

const RemoveRelease = ({ app, release, onClose }: RemoveProps) => {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => await client.call("releases.remove", { params: { app, release: release.id } }),
    onSuccess: async () => {
      onClose();
      say(`${release.chart} ${release.version} is removed.`);
      await queries.invalidateQueries({ queryKey: keys.releases(app) });
    },
  });
  return (
    <Confirm
      title={`Remove ${release.chart} ${release.version}?`}
      action="Remove it"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>No deployment may have used it. It can be pushed again.</p>
    </Confirm>
  );
};

/** The app's charts, and the place where a new one is dropped. */
export const ReleaseSection = ({ app }: { readonly app: string }) => {
  const [removing, setRemoving] = useState<Release | null>(null);
  const who = useWho();
  const releases = useQuery({
    queryKey: keys.releases(app),
    queryFn: async () => await collect(client.all("releases.list", { params: { app } })),
  });
  return (
    <Section title="Releases">
      <PushRelease app={app} />
      {releases.error === null ? null : <Problem error={releases.error} retry={() => void releases.refetch()} />}
      {releases.data === undefined ? (
        releases.error === null && <Loading what="the releases" rows={2} />
      ) : releases.data.length === 0 ? (
        <Empty title="No release yet.">
          <p>Only environments of type helm need one. Drop a chart above.</p>
        </Empty>
      ) : (
        <Table
          label="Releases"
          rows={releases.data}
          keyOf={({ id }) => id}
          columns={[
            {
              head: "Release",
              cell: ({ chart, version, appVersion }) => (
                <>
                  {chart} {version}
                  {appVersion === null ? null : <span className="quiet"> app {appVersion}</span>}
                </>
              ),
            },
            {
              head: "Needs",
              cell: ({ requires }) => (requires.length === 0 ? "" : <code>{requires.join(", ")}</code>),
            },
            { head: "Size", kind: "number", cell: ({ bytes }) => size(bytes) },
            {
              head: "Digest",
              cell: ({ digest }) => <code title={digest}>{digest.slice(0, 12)}</code>,
            },
            {
              head: "Pushed",
              cell: ({ pushedAt, pushedBy }) => (
                <>
                  <Ago at={pushedAt} /> by {who(pushedBy)}
                </>
              ),
            },
            {
              head: "Remove",
              kind: "end",
              unseen: true,
              cell: (release) => (
                <IconButton
                  small
                  icon="remove"
                  label={`Remove ${release.chart} ${release.version}`}
                  onClick={() => setRemoving(release)}
                />
              ),
            },
          ]}
        />
      )}
      {removing === null ? null : <RemoveRelease app={app} release={removing} onClose={() => setRemoving(null)} />}
    </Section>
  );
};
