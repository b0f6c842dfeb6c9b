import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { client, keys, type Connection } from "../../client.ts";
import { to } from "../../paths.ts";
import { useApps } from "../../queries.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { EncryptionState, EncryptionWords } from "../../ui/encryption.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loading } from "../../ui/loading.tsx";
import { PageHead, Section, useTitle } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { say } from "../../ui/toast.tsx";
import { ChangeConnection } from "./change-connection.tsx";
import { Check } from "./check.tsx";
import { Policies } from "./policies.tsx";
import { clusterWords } from "./cluster-words.ts";

const RemoveConnection = ({ name, onClose }: { readonly name: string; readonly onClose: () => void }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () => await client.call("connections.remove", { params: { connection: name } }),
    onSuccess: async () => {
      await navigate(to.connections());
      say(`${name} is removed.`);
      queries.removeQueries({ queryKey: keys.connection(name) });
      await queries.invalidateQueries({ queryKey: keys.connections });
    },
  });
  return (
    <Confirm
      title={`Remove ${name}?`}
      action={`Remove ${name}`}
      typed={name}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Its credentials are forgotten; nothing in the cluster or in the store changes.</p>
    </Confirm>
  );
};

/** The next step of somebody who came here to deploy an app. */
const Onward = ({ type }: { readonly type: string }) => {
  const apps = useApps().data;
  return (
    <Banner tone="good">
      <p>
        <strong>The connection is made.</strong> Check it below; then make an environment of an app:
      </p>
      <p>
        {apps?.map(({ name }) => (
          <span key={name}>
            <Link to={to.newEnvironment(name, type)}>{name}</Link>{" "}
          </span>
        ))}
        {apps?.length === 0 ? <Link to={to.newApp(type)}>Make an app first</Link> : null}
      </p>
    </Banner>
  );
};

const eksFacts = (cluster: Connection["cluster"]) => {
  if (cluster.kind === "process" || cluster.eks === undefined) return [];
  const { roleArn, externalId } = cluster.eks;
  return [
    ["Address", <code key="address">{cluster.server}</code>],
    ["Cluster role", roleArn === null ? null : <code key="role">{roleArn}</code>],
    ["Cluster external ID", externalId === null ? null : <code key="external">{externalId}</code>],
  ] as const;
};

const Encryption = ({ of }: { readonly of: Connection["encryption"] }) => (
  <>
    <EncryptionState encryption={of} /> {of === null ? "The check below looks." : <Ago at={of.checkedAt} />}
    {of === null ? null : <EncryptionWords encryption={of} />}
  </>
);

const Description = ({ connection }: { readonly connection: Connection }) => {
  const { cluster, store, encryption, environments, createdAt } = connection;
  const ignored = cluster.kind === "kubernetes" ? cluster.ignored : [];
  const cloudCluster = cluster.kind === "kubernetes" ? cluster.cloudCluster : undefined;
  return (
    <Facts
      facts={[
        ["Cluster", clusterWords(cluster)],
        ...eksFacts(cluster),
        ["Name at the cloud", cloudCluster === undefined ? null : <code key="cloud">{cloudCluster}</code>],
        ["Not taken", ignored.length === 0 ? null : `fields of the kubeconfig: ${ignored.join(", ")}`],
        ["Encryption at rest", cluster.kind === "process" ? null : <Encryption key="rest" of={encryption} />],
        ["Secret store", store.kind],
        ...Object.entries(store.settings).map(
          ([name, value]) => [name, <code key={name}>{String(value)}</code>] as const,
        ),
        ["Environments", environments],
        ["Made", <Ago key="made" at={createdAt} />],
      ]}
    />
  );
};

export const ConnectionPage = () => {
  const { connection: name = "" } = useParams();
  useTitle(name);
  const [search] = useSearchParams();
  const [open, setOpen] = useState<"change" | "remove" | null>(null);
  const connection = useQuery({
    queryKey: keys.connection(name),
    queryFn: async () => (await client.call("connections.get", { params: { connection: name } })).connection,
  });
  const crumbs = [{ to: to.connections(), label: "Connections" }];
  if (connection.data === undefined) {
    return (
      <>
        <PageHead title={name} crumbs={crumbs} />
        {connection.error === null ? (
          <Loading what="the connection" />
        ) : (
          <Problem error={connection.error} retry={() => void connection.refetch()} />
        )}
      </>
    );
  }
  const type = search.get("type");
  return (
    <>
      <PageHead
        title={name}
        crumbs={crumbs}
        actions={
          <>
            <Button icon="edit" onClick={() => setOpen("change")}>
              Change
            </Button>
            <Button
              kind="danger"
              icon="remove"
              reason={connection.data.environments > 0 ? "Environments use it; remove them first." : null}
              onClick={() => setOpen("remove")}
            >
              Remove
            </Button>
          </>
        }
      />
      {type === null ? null : <Onward type={type} />}
      <Description connection={connection.data} />
      <Section title="Check">
        <Check connection={connection.data} />
      </Section>
      <Policies connection={connection.data.name} />
      {open === "change" ? <ChangeConnection connection={connection.data} onClose={() => setOpen(null)} /> : null}
      {open === "remove" ? <RemoveConnection name={name} onClose={() => setOpen(null)} /> : null}
    </>
  );
};
