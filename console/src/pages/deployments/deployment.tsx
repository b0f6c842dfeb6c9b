import { outcomeNow } from "@keyroll/sdk";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { client, keys, type Deployment } from "../../client.ts";
import { to } from "../../paths.ts";
import { useStatus } from "../../queries.ts";
import { Ago } from "../../ui/ago.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/page-head.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Words } from "../../ui/words.tsx";
import { useWho } from "../../who.ts";
import { useWhere } from "../environment/where.ts";
import { Changes } from "./changes.tsx";
import { Findings } from "./findings.tsx";
import { Log } from "./log.tsx";
import { duration, Goal, isOver, Outcome, tones } from "./outcome.tsx";
import { PodsByRevision } from "./pods.tsx";
import { Steps } from "./steps.tsx";

const live = {
  unchanged: "nothing was changed",
  goal: "its goal is live",
  previous: "what ran before is live again",
  mixed: "the way back failed too: some of both is live",
} as const;

interface ActionsProps {
  readonly deployment: Deployment;
  /** Keys that an undo leaves at their newest value. */
  readonly kept: readonly string[];
}

const Actions = ({ deployment, kept }: ActionsProps) => {
  const { app, env } = useWhere();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [asks, setAsks] = useState<"cancel" | "undo" | null>(null);
  const params = { app, env, deployment: String(deployment.number) };
  const act = useMutation({
    mutationFn: async (what: "cancel" | "undo") =>
      what === "cancel"
        ? (await client.call("deployments.cancel", { params })).deployment
        : (await client.call("deployments.undo", { params, body: {} })).deployment,
    onSuccess: ({ number }) => {
      setAsks(null);
      if (number !== deployment.number) void navigate(to.deployment(app, env, number));
    },
    onSettled: async () => await queries.invalidateQueries({ queryKey: keys.environment(app, env) }),
  });
  const close = (): void => {
    act.reset();
    setAsks(null);
  };
  const shared = { error: act.error, busy: act.isPending, onClose: close };
  return (
    <>
      {isOver(deployment) ? (
        deployment.live === "unchanged" || deployment.live === "previous" ? null : (
          <Button icon="undo" onClick={() => setAsks("undo")}>
            Undo
          </Button>
        )
      ) : (
        <Button
          kind="danger"
          reason={deployment.cancelRequested ? "It was asked to stop." : null}
          onClick={() => setAsks("cancel")}
        >
          Cancel
        </Button>
      )}
      {asks === "cancel" ? (
        <Confirm
          title={`Cancel deployment ${deployment.number}?`}
          action="Cancel it"
          onConfirm={() => act.mutate("cancel")}
          {...shared}
        >
          <p>
            Before the Secret is written nothing changes. After it, the previous secrets and the previous release come
            back, and that is proven like a deployment.
          </p>
        </Confirm>
      ) : null}
      {asks === "undo" ? (
        <Confirm
          title={`Undo deployment ${deployment.number}?`}
          action="Undo it"
          onConfirm={() => act.mutate("undo")}
          {...shared}
        >
          <p>
            A new deployment takes release, Helm values and secrets back together to what ran before. Values that were
            retired since keep their newest text: a rotated password stays rotated.
          </p>
          {kept.length === 0 ? null : <p>Not taken back: {kept.join(", ")}.</p>}
        </Confirm>
      ) : null}
    </>
  );
};

/** One deployment: what it wants, how far it is, what it found and said, and what the pods run. */
export const DeploymentPage = () => {
  const { app, env } = useWhere();
  const { number = "" } = useParams();
  const who = useWho();
  const status = useStatus(app, env).data;
  const detail = useQuery({
    queryKey: keys.part(app, env, "deployment", number),
    queryFn: async () => await client.call("deployments.get", { params: { app, env, deployment: number } }),
  });
  if (detail.data === undefined) {
    return detail.error === null ? (
      <Loading what="the deployment" rows={10} />
    ) : (
      <Problem error={detail.error} retry={() => void detail.refetch()} />
    );
  }
  const { deployment, journal, changes } = detail.data;
  const { startedAt, endedAt, requestedAt, requestedBy, helmRevision, aim, reason } = deployment;
  const findings = journal.flatMap(({ event }) => (event.type === "finding" ? [event.finding] : []));
  const newest = status?.deployment ?? null;
  const isNewest = newest?.number === deployment.number;
  // After a later one that failed, this one is live again.
  const isLast =
    isNewest || newest === null || (newest.state !== "running" && status?.inCluster === deployment.goal.revision);
  const { state, outcome } = outcomeNow(deployment, isLast);
  return (
    <>
      <Section
        title={`Deployment ${deployment.number}`}
        isPage
        actions={<Actions deployment={deployment} kept={detail.data.undo?.kept ?? []} />}
      >
        <p className="small">
          <Link to={to.deployments(app, env)}>All deployments</Link>
        </p>
        <Facts
          facts={[
            ["State", <Outcome key="state" deployment={deployment} isLast={isLast} />],
            ["Goal", <Goal key="goal" goal={deployment.goal} />],
            [
              "Requested",
              <>
                <Ago at={requestedAt} /> by {who(requestedBy)}
                {reason === "undo" ? ", to undo another" : reason === "on-save" ? ", by a save" : ""}
              </>,
            ],
            [
              "Passed over",
              deployment.ignorePreflight.length === 0
                ? null
                : `errors of preflight, by request: ${deployment.ignorePreflight.join(", ")}`,
            ],
            ["Took", startedAt === null || endedAt === null ? null : duration(endedAt - startedAt)],
            ["Helm revision", helmRevision],
            [
              "Way back",
              deployment.fallback === null ? "none: nothing ran before" : <Goal goal={deployment.fallback} />,
            ],
            ["Live now", deployment.live === null || deployment.state === "running" ? null : live[deployment.live]],
          ]}
        />
        {outcome === null ? null : (
          <Banner tone={tones[state]} role={isNewest ? "status" : "none"}>
            <p>
              <Words text={outcome} />
            </p>
          </Banner>
        )}
      </Section>
      <Changes app={app} env={env} changes={changes} />
      {findings.length === 0 ? null : (
        <Section title="What preflight found">
          <Findings findings={findings} />
        </Section>
      )}
      <div className="deployment">
        <Section title="Steps">
          <Steps deployment={deployment} journal={journal} aim="goal" />
          {aim === "fallback" ? (
            <>
              <h3>The way back</h3>
              <Steps deployment={deployment} journal={journal} aim="fallback" />
            </>
          ) : null}
        </Section>
        <Section title="Log">
          <Log journal={journal} />
        </Section>
      </div>
      {isNewest && status !== undefined ? <PodsByRevision workloads={status.workloads} /> : null}
    </>
  );
};
